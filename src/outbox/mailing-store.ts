import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** Open: its deliveries go out. Finished: all are settled. What an issue's state is to people, this is to the sender. */
export type MailingState = 'open' | 'paused' | 'finished' | 'cancelled'

/** Deliveries in one step of a verb that may touch a million: about ten milliseconds, so that others have their turn. */
const rowsPerStep = 500

/** Whoever changes the state of a mailing does so one after the other. */
export async function lockMailing(tx: Queries, id: string): Promise<{ state: MailingState; excused: readonly string[] } | undefined> {
  const forUpdate = tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await tx.get<{ state: MailingState; excused: string }>(sql`SELECT state, excused FROM mailings WHERE id = ${id} ${forUpdate}`)
  return row && { state: row.state, excused: JSON.parse(row.excused) }
}

/** From its commit on, no delivery of the mailing is handed over unless it is open. */
export async function moveMailing(tx: Queries, id: string, to: MailingState): Promise<void> {
  await tx.run(sql`UPDATE mailings SET state = ${to} WHERE id = ${id}`)
}

/** True where a delivery of the mailing has no end yet. */
export async function isUnsettled(db: Queries, mailingId: string): Promise<boolean> {
  const row = await db.get(sql`
    SELECT 1 AS one FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'queued'
    UNION ALL SELECT 1 FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'handing_over' AND lease IS NOT NULL LIMIT 1`)
  return row !== undefined
}

/** True where a delivery of the mailing has not been tried yet, or is being tried. */
export async function isUntried(db: Queries, mailingId: string): Promise<boolean> {
  const row = await db.get(sql`
    SELECT 1 AS one FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'queued' AND (attempts = 0 OR lease IS NOT NULL)
    UNION ALL SELECT 1 FROM deliveries WHERE mailing_id = ${mailingId} AND state = 'handing_over' AND lease IS NOT NULL LIMIT 1`)
  return row !== undefined
}

/** A step of cancelling what is queued of cancelled mailings. True where there may be more. */
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

/** A step of queuing again what had failed before `before`. True where there may be more. */
export async function requeueFailed(tx: Queries, mailingId: string, before: Date, now: Date): Promise<boolean> {
  return requeue(tx, mailingId, 'failed', before, now)
}

/** A step of queuing again what is uncertain and undecided: it may come twice. True where there may be more. */
export async function requeueUncertain(tx: Queries, mailingId: string, before: Date, now: Date): Promise<boolean> {
  return requeue(tx, mailingId, 'uncertain', before, now)
}

/** Each begins anew: its tries and its age count from now. */
async function requeue(tx: Queries, mailingId: string, from: 'failed' | 'uncertain', before: Date, now: Date): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE deliveries SET state = 'queued', attempts = 0, owed_at = ${now.getTime()}, due_at = ${now.getTime()}, settled_at = NULL
    WHERE state = ${from} AND id IN (
      SELECT id FROM deliveries WHERE mailing_id = ${mailingId} AND state = ${from} AND state <> 'handing_over'
        AND decided_at IS NULL AND settled_at <= ${before.getTime()}
      ORDER BY id LIMIT ${rowsPerStep})`)
  return moved > 0
}

/** The operator lets be what is uncertain: it stays so, and is not asked about again. */
export async function letUncertainBe(tx: Queries, mailingId: string, now: Date): Promise<number> {
  return tx.run(sql`
    UPDATE deliveries SET decided_at = ${now.getTime()}
    WHERE mailing_id = ${mailingId} AND state = 'uncertain' AND state <> 'handing_over' AND decided_at IS NULL`)
}
