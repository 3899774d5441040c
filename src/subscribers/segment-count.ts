import type { Queries } from '../platform/database/database.ts'
import { yieldToEventLoop } from '../platform/yield-to-event-loop.ts'
import type { SubscribersContext } from './context.ts'
import type { Segment } from './segment.ts'
import { countStep, stepAlong, storedChoices, type Walk, walkChoices, walkSubscriptions } from './segment-store.ts'

/** About ten milliseconds on SQLite: of ids that an index alone tells, and of ids of which each is looked up. */
const idsPerStep = { bare: 50_000, checked: 10_000 }
/** Looking up so many subscribers takes as long as counting a million entries of an index. */
const fewChosen = 50_000

/** Counts the subscribers of a segment. Works in steps, so that a million subscribers do not block other requests. */
export async function countSegment({ database }: Pick<SubscribersContext, 'database'>, segment: Segment, few = fewChosen): Promise<number> {
  const { topic, ...wider } = segment
  if (topic === undefined) return countAlong(database, await walkSubscriptions(database, wider))
  const { including, others } = await storedChoices(database, topic)
  if (others.length === 0) return countAlong(database, await walkSubscriptions(database, wider))
  const withTopic = walkChoices(wider, including)
  if (withTopic.conditions.length === 0 || (await areFew(database, withTopic, few))) return countAlong(database, withTopic)
  // Where most get the topic, it is faster to count everybody, and those who do not.
  const without = walkChoices(wider, others)
  if (await areFew(database, without, few)) {
    const all = await countAlong(database, await walkSubscriptions(database, wider))
    return Math.max(0, all - (await countAlong(database, without)))
  }
  return countAlong(database, withTopic)
}

async function areFew(db: Queries, walk: Walk, few: number): Promise<boolean> {
  return (await stepAlong(db, { ...walk, conditions: [] }, walk.startId, few)).seen < few
}

async function countAlong(db: Queries, walk: Walk): Promise<number> {
  let count = 0
  // Each range by itself needs no sorting.
  const walks = walk.isDisjoint ? walk.ranges.map((range) => ({ ...walk, ranges: [range] })) : [walk]
  for (const one of walks) count += await countWalk(db, one)
  return count
}

async function countWalk(db: Queries, walk: Walk): Promise<number> {
  // On PostgreSQL, a long statement blocks nobody, and it can use more than one process.
  const perStep = db.engine === 'postgres' ? Number.POSITIVE_INFINITY : walk.conditions.length === 0 ? idsPerStep.bare : idsPerStep.checked
  let count = 0
  for (let afterId = walk.startId; ; ) {
    const step = await countStep(db, walk, afterId, perStep)
    count += step.count
    if (step.seen < perStep) return count
    afterId = step.lastId
    await yieldToEventLoop()
  }
}
