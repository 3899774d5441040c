import { StartFailure } from '../platform/start-failure.ts'
import { namesIn } from '../subscribers/names.ts'
import { addSubscriber, findSubscriber } from '../subscribers/operator.ts'
import { subscriberJson } from '../subscribers/subscriber-json.ts'
import type { AddCommand } from './context.ts'
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
    .description('sign a reader up, who is asked by mail to confirm')
    .requiredOption('--digests <names>', 'what they asked for, parted by commas')
    .option('--topics <names>', 'parted by commas; all where none is named', '')
    .option('--name <name>', 'to greet them', '')
    .option('--json', 'the subscriber as JSON')
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
        const added = await addSubscriber(subscribers, request)
        if (added.status === 'invalid') throw new StartFailure([`${added.field}: ${added.reason}`])
        if (added.status === 'suppressed') throw new StartFailure([`${email} is suppressed: no mail goes to it until that is lifted`])
        const found = 'subscriberId' in added ? await findSubscriber(subscribers, added.subscriberId) : undefined
        if (!found) throw new StartFailure([`${email} was not added: its digests, or the subscriber, have just been taken away`])
        context.say(options.json ? `${JSON.stringify(subscriberJson(found))}\n` : `${sentences[added.status]}\n`)
      })
    })
}

const sentences: Readonly<Record<string, string>> = {
  asked: 'Asked to confirm. A running server sends the mail at once, else the next one that starts.',
  added: 'Added. These digests ask for no confirmation.',
  already: 'Gets all of that already.',
  paused: 'Not asked again: a confirmation went to this address a short time ago.',
}
