import { byCommandLine } from '../platform/actor.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { readHistory } from '../subscribers/history.ts'
import { namesIn } from '../subscribers/names.ts'
import { amendSubscriber, findByAddress } from '../subscribers/operator.ts'
import type { Listed } from '../subscribers/subscriber.ts'
import { subscriberJson } from '../subscribers/subscriber-json.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

export const subscribersShowCommand: AddCommand = (program, context) => {
  subscribersProgram(program)
    .command('show')
    .description('show a subscriber and the history')
    .argument('<address>', 'email address')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('subscribers show ada@example.org'))
    .action(async (email: string, options: { json?: true }) => {
      await withApp(context, async ({ subscribers }) => {
        const { id } = await subscriberAt(subscribers, email)
        const found = await readHistory(subscribers, id)
        if (!found) throw new StartFailure([`there is no subscriber ${email}`])
        const history = [
          ...found.consents.map((one) => ({
            at: one.at.toISOString(),
            what: `${one.event} ${one.digest} (${one.source})`,
            note: one.wording,
          })),
          ...found.deliveries.map((one) => ({
            at: (one.settledAt ?? one.enqueuedAt).toISOString(),
            what: `${one.kind} ${one.list}`.trim().concat(` ${one.state}`),
            note: one.reason ?? '',
          })),
          ...found.deliveries.flatMap((one) =>
            one.reports.map(({ at, kind, status }) => ({
              at: at.toISOString(),
              what: `${one.kind} ${one.list}`.trim().concat(` ${kind}`),
              note: status ?? '',
            })),
          ),
        ].sort((a, b) => a.at.localeCompare(b.at))
        const suppressed = found.suppression?.reason ?? null
        if (options.json) return context.say(`${JSON.stringify({ ...subscriberJson(found.subscriber), suppressed, history })}\n`)
        const { name, subscriptions } = subscriberJson(found.subscriber)
        context.say(`${[email, name].filter(Boolean).join('  ')}\n`)
        if (suppressed) context.say(`suppressed: ${suppressed}\n`)
        for (const { digest, state } of subscriptions) context.say(`${digest}  ${state}\n`)
        for (const { at, what, note } of history)
          context.say(`${at.slice(0, 16).replace('T', ' ')}  ${what}${note === '' ? '' : `: ${note}`}\n`)
      })
    })
}

interface EditOptions {
  readonly name?: string
  readonly language?: string
  readonly topics?: string
  readonly digests?: string
  readonly json?: true
}

export const subscribersEditCommand: AddCommand = (program, context) => {
  subscribersProgram(program)
    .command('edit')
    .description('change a subscriber; a digest can be ended, and only the reader can ask for one')
    .argument('<address>', 'email address')
    .option('--name <name>', 'a new name')
    .option('--language <tag>', 'a new language, such as de')
    .option('--topics <names>', 'all topics that the reader gets; empty means all')
    .option('--digests <names>', 'the digests to keep; all others end')
    .option('--json', 'print the subscriber as JSON')
    .addHelpText('after', exampleText('subscribers edit ada@example.org --name Ada'))
    .action(async (email: string, { json, name, language, topics, digests }: EditOptions) => {
      await withApp(context, async ({ subscribers }) => {
        const { id } = await subscriberAt(subscribers, email)
        const amendment = {
          name,
          language,
          topics: topics === undefined ? undefined : namesIn(topics),
          digests: digests === undefined ? undefined : namesIn(digests),
        }
        const amended = await amendSubscriber(subscribers, id, amendment, byCommandLine)
        if (!amended) throw new StartFailure([`there is no subscriber ${email}`])
        if ('status' in amended) throw new StartFailure([`${amended.field}: ${amended.reason}`])
        context.say(json ? `${JSON.stringify(subscriberJson(amended))}\n` : `${email} is changed.\n`)
      })
    })
}

async function subscriberAt(subscribers: SubscribersContext, email: string): Promise<Listed> {
  const found = await findByAddress(subscribers, email)
  if (!found) throw new StartFailure([`there is no subscriber ${email}`])
  return found
}
