import { Misuse } from '../platform/start-failure.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { listSegment } from '../subscribers/list.ts'
import { type SearchPage, searchSubscribers } from '../subscribers/search/search.ts'
import type { Segment, SegmentWords } from '../subscribers/segment.ts'
import { countSegment } from '../subscribers/segment-count.ts'
import type { Listed } from '../subscribers/subscriber.ts'
import { subscriberJson } from '../subscribers/subscriber-json.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { segmentOf, withSegmentOptions } from './segment-options.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

interface ListOptions extends SegmentWords {
  readonly limit: string
  readonly after?: string
  readonly search?: string
  readonly json?: true
}

export const subscribersListCommand: AddCommand = (program, context) => {
  withSegmentOptions(subscribersProgram(program).command('list').description('list the subscribers, oldest first'))
    .option('--limit <number>', 'number of subscribers, up to 1000', '50')
    .option('--after <id>', 'continue after this subscriber, or with a search where it ended')
    .option('--search <text>', 'only whose address or name has this text in it; newest first')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('subscribers list --state confirmed --limit 10', 'subscribers list --search mara'))
    .action(async (options: ListOptions) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Misuse(['--limit: must be a number from 1 to 1000'])
      await withApp(context, async ({ subscribers }) => {
        const segment = segmentOf(subscribers, options)
        const { items, next, found } = await pageOf(subscribers, segment, { ...options, limit })
        const shown = items.map(subscriberJson)
        if (found === 'beginnings' && !options.json)
          context.say('The search index is not complete: only beginnings of addresses are found.\n')
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

interface FoundPage {
  readonly items: readonly Listed[]
  readonly next: string | null
  readonly found?: SearchPage['found']
}

async function pageOf(
  subscribers: SubscribersContext,
  segment: Segment,
  { search, after, limit }: { readonly search?: string; readonly after?: string; readonly limit: number },
): Promise<FoundPage> {
  if (search !== undefined) {
    const page = await searchSubscribers(subscribers, search, segment, { cursor: after, limit })
    if (!page) throw new Misuse(['--after: does not come from this search: begin again'])
    return { items: page.items, next: page.next ?? null, found: page.found }
  }
  const found = await listSegment(subscribers, segment, { after, limit: limit + 1 })
  const items = found.slice(0, limit)
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
}

export const subscribersCountCommand: AddCommand = (program, context) => {
  withSegmentOptions(subscribersProgram(program).command('count').description('count the subscribers'))
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('subscribers count --digest weekly'))
    .action(async (options: SegmentWords & { json?: true }) => {
      await withApp(context, async ({ subscribers }) => {
        const count = await countSegment(subscribers, segmentOf(subscribers, options))
        context.say(options.json ? `${JSON.stringify({ count })}\n` : `${count}\n`)
      })
    })
}
