import type { Queries } from '../platform/database/database.ts'
import { yieldToEventLoop } from '../platform/yield-to-event-loop.ts'
import type { SubscribersContext } from './context.ts'
import type { Segment } from './segment.ts'
import {
  countRange,
  countStep,
  countWithConditions,
  type IdRange,
  idAfter,
  type RangeEnd,
  storedChoices,
  type Walk,
  walkChoices,
  walkSubscriptions,
} from './segment-store.ts'

/** About ten milliseconds on SQLite: of ids that an index alone tells, and of ids of which each is looked up. */
const idsPerStep = { bare: 50_000, checked: 10_000 }
/** More subscribers are not looked up one by one where counting all the others is possible. */
const fewChosen = 200_000

/** Counts the subscribers of a segment. Works in steps, so that a million subscribers do not block other requests. */
export async function countSegment({ database }: Pick<SubscribersContext, 'database'>, segment: Segment, few = fewChosen): Promise<number> {
  const { topic, ...wider } = segment
  if (topic === undefined) return countAlong(database, await walkSubscriptions(database, wider))
  const { including, others } = await storedChoices(database, topic)
  if (others.length === 0) return countAlong(database, await walkSubscriptions(database, wider))
  const withTopic = walkChoices(wider, including)
  if (withTopic.conditions.length === 0) return countAlong(database, withTopic)
  // Where most get the topic, it is faster to count everybody, and those who do not.
  const without = walkChoices(wider, others)
  const sizes = { with: await sizeUpTo(database, withTopic, few), without: await sizeUpTo(database, without, few) }
  if (sizes.without >= Math.min(sizes.with, few)) return countAlong(database, withTopic)
  const all = await countAlong(database, await walkSubscriptions(database, wider))
  return Math.max(0, all - (await countAlong(database, without)))
}

/** How many ids the ranges have, counted up to about `limit`. */
async function sizeUpTo(db: Queries, walk: Walk, limit: number): Promise<number> {
  let seen = 0
  for (const range of walk.ranges) {
    seen += await countRange(db, range, walk.startId, limit)
    if (seen >= limit) break
  }
  return seen
}

async function countAlong(db: Queries, walk: Walk): Promise<number> {
  // Each range by itself needs no sorting.
  if (!walk.isDisjoint) return countMerged(db, walk)
  let count = 0
  for (const range of walk.ranges) count += await countOne(db, range, walk)
  return count
}

/** Counts one range. On SQLite, it skips ahead in steps; on PostgreSQL, a long statement blocks nobody, and may run in parallel. */
async function countOne(db: Queries, range: IdRange, { conditions, startId }: Walk): Promise<number> {
  const isBare = conditions.length === 0
  const countUpTo = (afterId: string, end: RangeEnd) =>
    isBare ? countRange(db, range, afterId, end) : countWithConditions(db, range, conditions, afterId, end)
  if (db.engine === 'postgres') return countUpTo(startId, Number.POSITIVE_INFINITY)
  const perStep = isBare ? idsPerStep.bare : idsPerStep.checked
  let count = 0
  for (let afterId = startId; ; ) {
    const through = await idAfter(db, range, afterId, perStep)
    if (through === undefined) return count + (await countUpTo(afterId, Number.POSITIVE_INFINITY))
    count += isBare ? perStep : await countUpTo(afterId, { through })
    afterId = through
    await yieldToEventLoop()
  }
}

/** Counts ranges in which one subscriber may be several times. */
async function countMerged(db: Queries, walk: Walk): Promise<number> {
  const perStep = db.engine === 'postgres' ? Number.POSITIVE_INFINITY : idsPerStep.checked
  let count = 0
  for (let afterId = walk.startId; ; ) {
    const step = await countStep(db, walk, afterId, perStep)
    count += step.count
    if (step.seen < perStep) return count
    afterId = step.lastId
    await yieldToEventLoop()
  }
}
