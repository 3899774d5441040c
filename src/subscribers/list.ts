import { yieldToEventLoop } from '../platform/yield-to-event-loop.ts'
import type { SubscribersContext } from './context.ts'
import type { Segment } from './segment.ts'
import { countStep, listStep, planWalk, readListed, type WalkOrder } from './segment-store.ts'
import type { Listed } from './subscriber.ts'

/** About ten milliseconds on SQLite, so that other requests do not wait longer. */
const idsPerStep = { count: 10_000, list: 2_000 }

export interface BoundedCount {
  readonly count: number
  /** Every subscriber was looked at. If not, there are at least `count`. */
  readonly isWhole: boolean
}

/** Counts the subscribers of a segment among the first `maxSeen` that its index has: what a page can wait for. */
export async function countWithin(context: SubscribersContext, segment: Segment, maxSeen: number): Promise<BoundedCount> {
  const walk = await planWalk(context.database, segment)
  let count = 0
  let seen = 0
  for (let afterId = walk.startId; ; ) {
    const step = await countStep(context.database, walk, afterId, idsPerStep.count)
    count += step.count
    seen += step.seen
    if (step.seen < idsPerStep.count) return { count, isWhole: true }
    if (seen >= maxSeen) return { count, isWhole: false }
    afterId = step.lastId
    await yieldToEventLoop()
  }
}

/** One page of a segment, in the order in which subscribers were added. `after` is the last id of the page before. */
export async function listSegment(
  context: SubscribersContext,
  segment: Segment,
  page: { readonly after: string | undefined; readonly limit: number; readonly order?: WalkOrder },
): Promise<readonly Listed[]> {
  const walk = await planWalk(context.database, segment, { order: page.order ?? 'oldest first' })
  const ids: string[] = []
  // Usually most scanned ids are in the segment. If few are, each step scans more.
  let perStep = page.limit
  const isWithin = (after: string) => (walk.isForward ? after > walk.startId : after < walk.startId)
  for (let afterId = page.after !== undefined && isWithin(page.after) ? page.after : walk.startId; ; ) {
    const step = await listStep(context.database, walk, afterId, perStep)
    ids.push(...step.ids)
    if (ids.length >= page.limit || step.seen < perStep) {
      const listed = await readListed(context.database, ids.slice(0, page.limit))
      return walk.isForward ? listed : listed.toReversed()
    }
    afterId = step.lastId
    perStep = Math.max(page.limit, Math.min(perStep * 4, idsPerStep.list))
    await yieldToEventLoop()
  }
}
