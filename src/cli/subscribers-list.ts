import { Misuse } from '../platform/start-failure.ts'
import { countSegment, listSegment } from '../subscribers/list.ts'
import type { SegmentWords } from '../subscribers/segment.ts'
import { subscriberJson } from '../subscribers/subscriber-json.ts'
import type { AddCommand } from './context.ts'
import { segmentOf, withSegmentOptions } from './segment-options.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

interface ListOptions extends SegmentWords {
  readonly limit: string
  readonly after?: string
  readonly json?: true
}

export const subscribersListCommand: AddCommand = (program, context) => {
  withSegmentOptions(subscribersProgram(program).command('list').description('list the subscribers, oldest first'))
    .option('--limit <number>', 'number of subscribers, up to 1000', '50')
    .option('--after <id>', 'continue after this subscriber')
    .option('--json', 'as JSON')
    .action(async (options: ListOptions) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Misuse(['--limit: must be a number from 1 to 1000'])
      await withApp(context, async ({ subscribers }) => {
        const segment = segmentOf(subscribers, options)
        const found = await listSegment(subscribers, segment, { after: options.after, limit: limit + 1 })
        const shown = found.slice(0, limit).map(subscriberJson)
        const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null
        if (options.json) return context.say(`${JSON.stringify({ items: shown, next })}\n`)
        if (shown.length === 0) context.say('No subscriber matches.\n')
        for (const { email, subscriptions, created_at } of shown) {
          const digests = subscriptions.map((one) => (one.state === 'confirmed' ? one.digest : `${one.digest} (${one.state})`))
          context.say(`${created_at.slice(0, 10)}  ${email}  ${digests.join(', ')}\n`)
        }
        if (next !== null) context.say(`More: --after ${next}\n`)
      })
    })
}

export const subscribersCountCommand: AddCommand = (program, context) => {
  withSegmentOptions(subscribersProgram(program).command('count').description('count the subscribers'))
    .option('--json', 'as JSON')
    .action(async (options: SegmentWords & { json?: true }) => {
      await withApp(context, async ({ subscribers }) => {
        const count = await countSegment(subscribers, segmentOf(subscribers, options))
        context.say(options.json ? `${JSON.stringify({ count })}\n` : `${count}\n`)
      })
    })
}
