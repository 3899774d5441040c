import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'

/** The state that the sender obeys. Open: deliveries go out. Finished: all are settled. */
export type MailingState = 'open' | 'paused' | 'finished' | 'cancelled'

/** A step of this size takes about 10 ms, so that a change to a million rows does not block other queries. */
const rowsPerStep = 500

/** Reads a mailing and locks its row until the transaction ends, so that state changes are serialised. */
export async function lockMailing(tx: Queries, id: string): Promise<{ state: MailingState; excused: readonly string[] } | undefined> {
  const forUpdate = tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await tx.get<{ state: MailingState; excused: string }>(sql`SELECT state, excused FROM mailings WHERE id = ${id} ${forUpdate}`)
  return row && { state: row.state, excused: JSON.parse(row.excused) }
}

/** After the commit, deliveries are handed over only if the new state is open. */
export async function moveMailing(tx: Queries, id: string, to: MailingState): Promise<void> {
  await tx.run(sql`UPDATE mailings SET state = ${to} WHERE id = ${id}`)
}

/** Whether this database has ever had a mailing. Those that were pruned left their counts. */
export async function hasMailings(db: Queries): Promise<boolean> {
  const row = await db.get(sql`SELECT 1 AS one FROM mailings UNION ALL SELECT 1 FROM thinned_deliveries LIMIT 1`)
  return row !== undefined
}

/** True if the mailing has a delivery that is queued or being handed over. */
export async function isUnsettled(db: Queries, mailingId: string): Promise<boolean> {
  const row = await db.get(sql`
    SELECT 1 AS one FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'queued'
    UNION ALL SELECT 1 FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'handing_over' AND lease IS NOT NULL LIMIT 1`)
  return row !== undefined
}

/** True if the mailing has a delivery that was never attempted, or whose attempt is running. */
export async function isUntried(db: Queries, mailingId: string): Promise<boolean> {
  const row = await db.get(sql`
    SELECT 1 AS one FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'queued' AND (attempts = 0 OR lease IS NOT NULL)
    UNION ALL SELECT 1 FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'handing_over' AND lease IS NOT NULL LIMIT 1`)
  return row !== undefined
}

/** Cancels up to `rowsPerStep` queued deliveries of cancelled mailings. True if more may remain. */
export async function sweepCancelled(tx: Queries, now: Date): Promise<boolean> {
  const mailing = await tx.get<{ id: string }>(sql`
    SELECT id FROM mailings WHERE state = 'cancelled'
      AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.mailing_id = mailings.id AND deliveries.state = 'queued')
    LIMIT 1`)
  if (!mailing) return false
  await tx.run(sql`
    UPDATE deliveries SET state = 'cancelled', reason = 'the issue was cancelled', settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL
    WHERE state = 'queued' AND id IN (
      SELECT id FROM deliveries WHERE mailing_id = ${mailing.id} AND state = 'queued' LIMIT ${rowsPerStep})`)
  return true
}

/** Queues again up to `rowsPerStep` deliveries that failed until `before`. True if more may remain. */
export async function requeueFailed(tx: Queries, mailingId: string, before: Date, now: Date): Promise<boolean> {
  return requeue(tx, mailingId, 'failed', before, now)
}

/** Queues again up to `rowsPerStep` undecided uncertain deliveries; readers may get those twice. True if more may remain. */
export async function requeueUncertain(tx: Queries, mailingId: string, before: Date, now: Date): Promise<boolean> {
  return requeue(tx, mailingId, 'uncertain', before, now)
}

/** Queues these deliveries again if they still failed until `before`. Returns their number. */
export async function requeueThese(tx: Queries, ids: readonly number[], before: Date, now: Date): Promise<number> {
  return tx.run(sql`
    UPDATE deliveries SET state = 'queued', attempts = 0, owed_at = ${now.getTime()}, due_at = ${now.getTime()}, settled_at = NULL
    WHERE id IN (${joinSql(ids)}) AND state = 'failed' AND decided_at IS NULL AND settled_at <= ${before.getTime()}`)
}

/** Resets attempts and age, so that the retry schedule starts over. */
async function requeue(tx: Queries, mailingId: string, from: 'failed' | 'uncertain', before: Date, now: Date): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE deliveries SET state = 'queued', attempts = 0, owed_at = ${now.getTime()}, due_at = ${now.getTime()}, settled_at = NULL
    WHERE state = ${from} AND id IN (
      SELECT id FROM deliveries WHERE mailing_id = ${mailingId} AND state = ${from} AND state <> 'handing_over'
        AND decided_at IS NULL AND settled_at <= ${before.getTime()}
      ORDER BY id LIMIT ${rowsPerStep})`)
  return moved > 0
}

/** Records the operator's decision not to send uncertain deliveries again. They keep their state. */
export async function letUncertainBe(tx: Queries, mailingId: string, before: Date, now: Date): Promise<number> {
  return tx.run(sql`
    UPDATE deliveries SET decided_at = ${now.getTime()}
    WHERE mailing_id = ${mailingId} AND state = 'uncertain' AND state <> 'handing_over' AND decided_at IS NULL AND settled_at <= ${before.getTime()}`)
}
