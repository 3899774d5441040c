import type { Queries } from '../platform/database/database.ts'
import { joinSql, type Sql, sql } from '../platform/database/sql.ts'
import type { Segment } from './segment.ts'
import { type SubscriberRow, type SubscriptionRow, toSubscriber, toSubscription } from './store.ts'
import type { Listed, Subscription, SubscriptionState } from './subscriber.ts'

/**
 * A segment as index ranges, each in the order of subscriber ids, and the conditions that its members must also meet. There are
 * few ranges, because there are few digests, states and sets of topics.
 */
export interface Walk {
  readonly ranges: readonly IdRange[]
  readonly conditions: readonly Sql[]
  /** No subscriber is in two ranges. */
  readonly isDisjoint: boolean
  /** Where the walk begins: oldest first, ids up to this one were added before `since`. */
  readonly startId: string
  readonly isForward: boolean
}

/** How many, in order; `Infinity` for all in any order; or all up to and including an id. */
export type RangeEnd = number | { readonly through: string }

/** Ids of one range after `fromId`. */
export type IdRange = (fromId: string, end: RangeEnd) => Sql

export interface Step {
  /** Number of scanned ids. Fewer than requested means the end. */
  readonly seen: number
  readonly lastId: string
}

/** In which order a walk goes: that of the ids, or against it. */
export type WalkOrder = 'oldest first' | 'newest first'

const states: readonly SubscriptionState[] = ['confirmed', 'pending', 'unsubscribed']
/** Chooses the ranges to scan: those of subscriptions, unless fewer than `largeFrom` subscribers get the topic. */
export async function planWalk(
  db: Queries,
  segment: Segment,
  { largeFrom = 20_000, order = 'oldest first' }: { readonly largeFrom?: number; readonly order?: WalkOrder } = {},
): Promise<Walk> {
  const { topic } = segment
  if (topic === undefined) return walkSubscriptions(db, segment, order)
  const { including } = await storedChoices(db, topic)
  const ofTopic = walkChoices(segment, including, order)
  if (!isAboutSubscriptions(segment)) return ofTopic
  const step = await stepAlong(db, { ...ofTopic, conditions: [] }, ofTopic.startId, largeFrom)
  if (step.seen < largeFrom) return ofTopic
  const walk = await walkSubscriptions(db, segment, order)
  return { ...walk, conditions: [...walk.conditions, including.length === 0 ? sql`1 = 0` : hasTopics(including)] }
}

/** Along the subscriptions of a segment, or along all subscribers. Leaves out its topic. */
export async function walkSubscriptions(db: Queries, segment: Segment, order: WalkOrder = 'oldest first'): Promise<Walk> {
  const { digest, state, source } = segment
  const { beyond, ...ends } = endsOf(segment, order)
  if (!isAboutSubscriptions(segment)) {
    const range: IdRange = (fromId, limit) => sql`SELECT id FROM subscribers WHERE ${beyond(sql`id`, fromId, limit)}`
    return { ...ends, ranges: [range], conditions: [], isDisjoint: true }
  }
  const digests = digest === undefined ? await storedDigests(db) : [digest]
  const ofSource = source === undefined ? sql`` : sql`AND source = ${source}`
  const ranges = digests.flatMap((one) =>
    (state === undefined ? states : [state]).map(
      (other) => (fromId: string, limit: RangeEnd) =>
        sql`
      SELECT subscriber_id AS id FROM subscriptions
      WHERE digest = ${one} AND state = ${other} ${ofSource} AND ${beyond(sql`subscriber_id`, fromId, limit)}`,
    ),
  )
  const conditions = digest === undefined && state !== undefined ? hasNoBetterState(state) : []
  return { ...ends, ranges, conditions, isDisjoint: digests.length <= 1 }
}

/** Along the subscribers with these stored sets of topics, of whom those in the segment are wanted. Leaves out its topic. */
export function walkChoices(segment: Segment, choices: readonly string[], order: WalkOrder = 'oldest first'): Walk {
  const { digest, state, source } = segment
  const { beyond, ...ends } = endsOf(segment, order)
  const ranges = choices.map(
    (topics) => (fromId: string, limit: RangeEnd) =>
      sql`
    SELECT id FROM subscribers WHERE topics = ${topics} AND ${beyond(sql`id`, fromId, limit)}`,
  )
  if (!isAboutSubscriptions(segment)) return { ...ends, ranges, conditions: [], isDisjoint: true }
  const matches = [
    ...(digest === undefined ? [] : [sql`digest = ${digest}`]),
    ...(state === undefined ? [] : [sql`state = ${state}`]),
    ...(source === undefined ? [] : [sql`source = ${source}`]),
  ]
  const hasOne = sql`EXISTS (SELECT 1 FROM subscriptions AS one WHERE one.subscriber_id = seen.id AND ${joinSql(matches, ' AND ')})`
  const conditions = [hasOne, ...(digest === undefined && state !== undefined ? hasNoBetterState(state) : [])]
  return { ...ends, ranges, conditions, isDisjoint: true }
}

function isAboutSubscriptions({ digest, state, source }: Segment): boolean {
  return digest !== undefined || state !== undefined || source !== undefined
}

/** Where a walk begins, and what an id range adds to its statement: from where on, in which direction, and how many. */
function endsOf({ since }: Segment, order: WalkOrder) {
  const isForward = order === 'oldest first'
  const firstId = since ? firstIdAt(since) : ''
  const beyond = (column: Sql, fromId: string, limit: RangeEnd) => {
    const isBeyond = isForward ? sql`${column} > ${fromId}` : sql`${column} < ${fromId} AND ${column} > ${firstId}`
    if (typeof limit === 'object') return sql`${isBeyond} AND ${column} <= ${limit.through}`
    // Without an order, PostgreSQL may count in parallel.
    return limit === Number.POSITIVE_INFINITY
      ? isBeyond
      : sql`${isBeyond} ORDER BY ${column} ${isForward ? sql`` : sql`DESC`} LIMIT ${limit}`
  }
  return { beyond, isForward, startId: isForward ? firstId : afterAllIds }
}

/** How many of the first `limit` ids the ranges have, and the last one. */
async function stepAlong(db: Queries, walk: Walk, afterId: string, limit: number): Promise<Step> {
  if (walk.ranges.length === 0) return { seen: 0, lastId: afterId }
  const row = await db.get<{ seen: number; last: string | null }>(
    sql`SELECT count(*) AS seen, ${lastOf(walk)} AS last FROM (${seenFrom(walk, afterId, limit)}) AS seen`,
  )
  return { seen: row?.seen ?? 0, lastId: row?.last ?? afterId }
}

/** Scans `limit` ids and counts those in the segment. */
export async function countStep(db: Queries, walk: Walk, afterId: string, limit: number): Promise<Step & { readonly count: number }> {
  if (walk.ranges.length === 0) return { seen: 0, lastId: afterId, count: 0 }
  const row = await db.get<{ seen: number; last: string | null; n: number | null }>(sql`
    SELECT count(*) AS seen, ${lastOf(walk)} AS last, sum(CASE WHEN ${allOf(walk)} THEN 1 ELSE 0 END) AS n
    FROM (${seenFrom(walk, afterId, limit)}) AS seen`)
  return { seen: row?.seen ?? 0, lastId: row?.last ?? afterId, count: row?.n ?? 0 }
}

/** The id that is `count` places after `afterId` in a range; undefined if fewer follow. Faster than counting them. */
export async function idAfter(db: Queries, range: IdRange, afterId: string, count: number): Promise<string | undefined> {
  return (await db.get<{ id: string }>(sql`${range(afterId, 1)} OFFSET ${count - 1}`))?.id
}

/** How many ids a range has after `afterId`, up to `end`. */
export async function countRange(db: Queries, range: IdRange, afterId: string, end: RangeEnd): Promise<number> {
  return (await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM (${range(afterId, end)}) AS range`))?.n ?? 0
}

/** How many ids of a range, after `afterId` and up to `end`, are in the segment. */
export async function countWithConditions(
  db: Queries,
  range: IdRange,
  conditions: readonly Sql[],
  afterId: string,
  end: RangeEnd,
): Promise<number> {
  const query = sql`SELECT count(*) AS n FROM (${range(afterId, end)}) AS seen WHERE ${joinSql(conditions, ' AND ')}`
  return (await db.get<{ n: number }>(query))?.n ?? 0
}

/** Scans `limit` ids and returns those in the segment. */
export async function listStep(
  db: Queries,
  walk: Walk,
  afterId: string,
  limit: number,
): Promise<Step & { readonly ids: readonly string[] }> {
  if (walk.ranges.length === 0) return { seen: 0, lastId: afterId, ids: [] }
  const rows = await db.all<{ id: string; is_in: number }>(sql`
    SELECT id, CASE WHEN ${allOf(walk)} THEN 1 ELSE 0 END AS is_in FROM (${seenFrom(walk, afterId, limit)}) AS seen ORDER BY id ${direction(walk)}`)
  return { seen: rows.length, lastId: rows.at(-1)?.id ?? afterId, ids: rows.filter((row) => row.is_in === 1).map((row) => row.id) }
}

/** Merges the first ids of each range after `afterId`. */
function seenFrom(walk: Walk, afterId: string, limit: number): Sql {
  const ranges = walk.ranges.map((range) => sql`SELECT id FROM (${range(afterId, limit)}) AS range`)
  const joined = unite(ranges, walk.isDisjoint ? ' UNION ALL ' : ' UNION ')
  return limit === Number.POSITIVE_INFINITY
    ? sql`SELECT id FROM (${joined}) AS ranges`
    : sql`SELECT id FROM (${joined}) AS ranges ORDER BY id ${direction(walk)} LIMIT ${limit}`
}

/** SQLite takes up to 500 parts in one UNION. Ten topics make a thousand sets of topics. */
const maxUnited = 400

function unite(parts: readonly Sql[], union: ' UNION ALL ' | ' UNION '): Sql {
  if (parts.length <= maxUnited) return joinSql(parts, union)
  const groups: Sql[] = []
  for (let start = 0; start < parts.length; start += maxUnited)
    groups.push(sql`SELECT id FROM (${joinSql(parts.slice(start, start + maxUnited), union)}) AS united`)
  return unite(groups, union)
}

function direction({ isForward }: Walk): Sql {
  return isForward ? sql`` : sql`DESC`
}

function lastOf({ isForward }: Walk): Sql {
  return isForward ? sql`max(id)` : sql`min(id)`
}

function allOf(walk: Walk): Sql {
  return walk.conditions.length === 0 ? sql`1 = 1` : joinSql(walk.conditions, ' AND ')
}

/** Excludes subscribers with a better state in another digest: confirmed, then pending, then unsubscribed. */
function hasNoBetterState(state: SubscriptionState): Sql[] {
  const better = states.slice(0, states.indexOf(state))
  if (better.length === 0) return []
  return [
    sql`NOT EXISTS (SELECT 1 FROM subscriptions AS other WHERE other.subscriber_id = seen.id AND other.state IN (${joinSql(better)}))`,
  ]
}

/** Distinct digests with one index lookup each, however many rows there are. */
async function storedDigests(db: Queries): Promise<string[]> {
  const rows = await db.all<{ value: string }>(sql`
    WITH RECURSIVE found (value) AS (
      SELECT min(digest) FROM subscriptions
      UNION ALL SELECT (SELECT min(digest) FROM subscriptions WHERE digest > found.value) FROM found WHERE found.value IS NOT NULL
    ) SELECT value FROM found WHERE value IS NOT NULL`)
  return rows.map((row) => row.value)
}

/** The stored sets of topics: those that include `topic`, and the others. An empty set includes every topic. */
export async function storedChoices(
  db: Queries,
  topic: string,
): Promise<{ readonly including: readonly string[]; readonly others: readonly string[] }> {
  const rows = await db.all<{ value: string }>(sql`
    WITH RECURSIVE found (value) AS (
      SELECT min(topics) FROM subscribers
      UNION ALL SELECT (SELECT min(topics) FROM subscribers WHERE topics > found.value) FROM found WHERE found.value IS NOT NULL
    ) SELECT value FROM found WHERE value IS NOT NULL`)
  const all = rows.map((row) => row.value)
  const isIncluding = (value: string) => value === '[]' || JSON.parse(value).includes(topic)
  return { including: all.filter(isIncluding), others: all.filter((value) => !isIncluding(value)) }
}

/** A condition of a statement that a search builds. */
export type Condition = Sql

/** Conditions on `seen.id` for being in the segment, for a search, which finds its candidates elsewhere. */
export async function conditionsOf(db: Queries, { digest, state, source, topic, since }: Segment): Promise<Condition[]> {
  const conditions: Sql[] = []
  if (since) conditions.push(sql`seen.id > ${firstIdAt(since)}`)
  if (topic !== undefined) {
    const { including } = await storedChoices(db, topic)
    conditions.push(including.length === 0 ? sql`1 = 0` : hasTopics(including))
  }
  const matches = [
    ...(digest === undefined ? [] : [sql`digest = ${digest}`]),
    ...(state === undefined ? [] : [sql`state = ${state}`]),
    ...(source === undefined ? [] : [sql`source = ${source}`]),
  ]
  if (matches.length > 0)
    conditions.push(sql`EXISTS (SELECT 1 FROM subscriptions AS one WHERE one.subscriber_id = seen.id AND ${joinSql(matches, ' AND ')})`)
  if (digest === undefined && state !== undefined) conditions.push(...hasNoBetterState(state))
  return conditions
}

function hasTopics(choices: readonly string[]): Sql {
  return sql`EXISTS (SELECT 1 FROM subscribers AS one WHERE one.id = seen.id AND one.topics IN (${joinSql(choices)}))`
}

/** Sorts after every UUID. */
const afterAllIds = 'g'

/** UUIDv7 begins with its millisecond (RFC 9562 §5.7). */
function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

export async function readListed(db: Queries, ids: readonly string[]): Promise<Listed[]> {
  if (ids.length === 0) return []
  const [subscribers, subscriptions] = await Promise.all([
    db.all<SubscriberRow>(sql`SELECT * FROM subscribers WHERE id IN (${joinSql(ids)}) ORDER BY id`),
    db.all<SubscriptionRow>(sql`SELECT * FROM subscriptions WHERE subscriber_id IN (${joinSql(ids)}) ORDER BY subscriber_id, digest`),
  ])
  const byId = new Map(subscribers.map((row) => [row.id, { ...toSubscriber(row), subscriptions: [] as Subscription[] }]))
  for (const row of subscriptions) byId.get(row.subscriber_id)?.subscriptions.push(toSubscription(row))
  return [...byId.values()]
}
