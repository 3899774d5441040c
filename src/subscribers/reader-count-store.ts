import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'

/** Stands for all readers in the column `digest`. No digest has an empty name. */
export const allDigests = ''

/** Whether there are more than `limit` subscriptions in any state. Reads at most that many. */
export async function hasMoreSubscriptionsThan(db: Queries, limit: number): Promise<boolean> {
  const row = await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM (SELECT 1 AS one FROM subscriptions LIMIT ${limit + 1}) AS few`)
  return (row?.n ?? 0) > limit
}

/** The id of the subscriber who is `count` places after `id`; undefined if fewer follow. */
export async function subscriberAfter(db: Queries, id: string, count: number): Promise<string | undefined> {
  const row = await db.get<{ id: string }>(sql`SELECT id FROM subscribers WHERE id > ${id} ORDER BY id LIMIT 1 OFFSET ${count - 1}`)
  return row?.id
}

/**
 * Confirmed readers of these digests whose id is after `after` and not after `through`: of each digest, and of all of them under
 * `allDigests`, each reader once. Reads one range of an index for each digest.
 */
export async function countReadersBetween(
  db: Queries,
  digests: readonly string[],
  after: string,
  through: string | undefined,
): Promise<{ digest: string; readers: number }[]> {
  if (digests.length === 0) return []
  const upTo = through === undefined ? sql`` : sql`AND subscriber_id <= ${through}`
  const confirmed = sql`subscriptions WHERE digest IN (${joinSql(digests)}) AND state = 'confirmed' AND subscriber_id > ${after} ${upTo}`
  return db.all(sql`
    SELECT digest, count(*) AS readers FROM ${confirmed} GROUP BY digest
    UNION ALL SELECT ${allDigests}, count(DISTINCT subscriber_id) FROM ${confirmed}`)
}

/** Replaces the counts of `day`, such as `2026-11-30`. */
export async function writeReaderCounts(tx: Queries, day: string, counts: ReadonlyMap<string, number>, now: Date): Promise<void> {
  await tx.run(sql`DELETE FROM reader_counts WHERE day = ${day}`)
  await tx.insertAll(
    sql`INSERT INTO reader_counts (day, digest, readers, counted_at)`,
    [...counts].map(([digest, readers]) => [day, digest, readers, now.getTime()]),
  )
}

export interface CountRow {
  readonly digest: string
  readonly readers: number
  readonly counted_at: number
}

/** The counts of the latest day. */
export async function readLatestCounts(db: Queries): Promise<CountRow[]> {
  return db.all<CountRow>(sql`
    SELECT digest, readers, counted_at FROM reader_counts WHERE day = (SELECT max(day) FROM reader_counts)`)
}

/** All readers from `first` on, oldest day first. */
export async function readDailyCounts(db: Queries, first: string): Promise<{ day: string; readers: number }[]> {
  return db.all(sql`SELECT day, readers FROM reader_counts WHERE day >= ${first} AND digest = ${allDigests} ORDER BY day`)
}
