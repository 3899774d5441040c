import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'

const stepMs = 5_000
/** A rate is that of the last minute: long enough to be steady, short enough to follow a throttle. */
const windowMs = 60_000
const keptMs = 2 * windowMs

/**
 * Adds deliveries that were settled under `lease` to the present step. Returns the begin of the step: pass it as `last` the next time, so
 * that old steps are deleted once in a step.
 */
export async function addToRates(
  tx: Queries,
  lease: string,
  settled: ReadonlyMap<string, number>,
  now: Date,
  last: number | undefined,
): Promise<number> {
  const beganAt = Math.floor(now.getTime() / stepMs) * stepMs
  await tx.insertAll(
    sql`INSERT INTO delivery_rates (mailing_id, began_at, lease, count)`,
    [...settled].map(([mailingId, count]) => [mailingId, beganAt, lease, count]),
    sql`ON CONFLICT (mailing_id, began_at, lease) DO UPDATE SET count = delivery_rates.count + excluded.count`,
  )
  // The upper limit is for a clock that was set back.
  if (beganAt !== last) {
    await tx.run(sql`DELETE FROM delivery_rates WHERE lease = ${lease} AND began_at NOT BETWEEN ${beganAt - keptMs} AND ${beganAt}`)
  }
  return beganAt
}

/** Deletes what no sender deletes any more. */
export async function deleteOldRates(tx: Queries, now: Date): Promise<void> {
  await tx.run(sql`DELETE FROM delivery_rates WHERE began_at NOT BETWEEN ${now.getTime() - keptMs} AND ${now.getTime() + keptMs}`)
}

/** Deliveries a second over the last minute, or since sending began if that is later. A mailing without any is missing. */
export async function readRates(db: Queries, mailingIds: readonly string[], now: Date): Promise<Map<string, number>> {
  if (mailingIds.length === 0) return new Map()
  const from = now.getTime() - windowMs
  const rows = await db.all<{ mailing_id: string; first_at: number; count: number }>(sql`
    SELECT mailing_id, min(began_at) AS first_at, CAST(sum(count) AS BIGINT) AS count FROM delivery_rates
    WHERE mailing_id IN (${joinSql(mailingIds)}) AND began_at BETWEEN ${from} AND ${now.getTime()} GROUP BY mailing_id`)
  return new Map(rows.map((row) => [row.mailing_id, (row.count * 1_000) / Math.max(now.getTime() - row.first_at, stepMs)]))
}
