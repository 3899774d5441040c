import { byCommandLine } from '../platform/actor.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { namesIn } from '../subscribers/names.ts'
import { addSubscriber, findSubscriber } from '../subscribers/operator.ts'
import { subscriberJson } from '../subscribers/subscriber-json.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

interface AddOptions {
  readonly digests: string
  readonly topics: string
  readonly name: string
  readonly json?: true
}

export const subscribersAddCommand: AddCommand = (program, context) => {
  subscribersProgram(program)
    .command('add <address>')
    .description('sign up a reader; a mail asks them to confirm')
    .requiredOption('--digests <names>', 'the digests, separated by commas')
    .option('--topics <names>', 'the topics, separated by commas; default: all', '')
    .option('--name <name>', 'the name that mail greets them with', '')
    .option('--json', 'print the subscriber as JSON')
    .addHelpText('after', exampleText('subscribers add ada@example.org --digests weekly --name Ada'))
    .action(async (email: string, options: AddOptions) => {
      await withApp(context, async ({ subscribers }) => {
        const { name } = options
        const request = {
          email,
          digests: namesIn(options.digests),
          topics: namesIn(options.topics),
          name,
          source: 'command line',
          wording: '',
        }
        const added = await addSubscriber(subscribers, request, byCommandLine)
        if (added.status === 'invalid') throw new StartFailure([`${added.field}: ${added.reason}`])
        if (added.status === 'suppressed')
          throw new StartFailure([`${email} is suppressed: no mail goes to it until the suppression is lifted`])
        const found = 'subscriberId' in added ? await findSubscriber(subscribers, added.subscriberId) : undefined
        if (!found) throw new StartFailure([`${email} was not added: the digests or the subscriber were just removed`])
        context.say(options.json ? `${JSON.stringify(subscriberJson(found))}\n` : `${sentences[added.status]}\n`)
      })
    })
}

const sentences: Readonly<Record<string, string>> = {
  asked: 'Asked to confirm. A running server sends the mail now; otherwise the next server that starts does.',
  added: 'Added. These digests ask for no confirmation.',
  already: 'Already subscribed to all of these.',
  paused: 'Not asked again: this address was asked to confirm a short time ago.',
}
