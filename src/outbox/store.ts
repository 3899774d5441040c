import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { ClaimedDelivery, Edition, HoleValues, Settlement } from './delivery.ts'

export async function readEdition(db: Queries, id: string): Promise<Edition> {
  const row = await db.get<{ content: string }>(sql`SELECT content FROM editions WHERE id = ${id}`)
  if (!row) throw new Error(`edition ${id} is not in the database`)
  return JSON.parse(row.content)
}

/** Leases up to `limit` queued deliveries that are due, what overtakes first; they come back in no order. */
export async function claim(db: Queries, lease: string, limit: number, now: Date, leaseUntil: Date): Promise<ClaimedDelivery[]> {
  const skipLocked = db.engine === 'postgres' ? sql`FOR UPDATE OF d SKIP LOCKED` : sql``
  const rows = await db.all<{
    id: number
    mailing_id: string
    edition_id: string
    address: string
    address_key: string
    holes: string
    attempts: number
    priority: number
    due_at: number
  }>(sql`
    WITH chosen AS MATERIALIZED (
      SELECT d.id FROM deliveries d JOIN mailings m ON m.id = d.mailing_id
      WHERE d.state = 'queued' AND m.state = 'open' AND d.due_at <= ${now.getTime()}
        AND (d.lease IS NULL OR d.lease_until <= ${now.getTime()})
      ORDER BY d.priority, d.due_at, d.id LIMIT ${limit} ${skipLocked}
    )
    UPDATE deliveries SET lease = ${lease}, lease_until = ${leaseUntil.getTime()}
    WHERE id IN (SELECT id FROM chosen)
    RETURNING id, mailing_id, edition_id, address, address_key, holes, attempts, priority, due_at`)
  return rows.map((row) => ({
    id: row.id,
    mailingId: row.mailing_id,
    editionId: row.edition_id,
    address: row.address,
    addressKey: row.address_key,
    holes: JSON.parse(row.holes) as HoleValues,
    attempts: row.attempts,
    priority: row.priority,
    dueAt: row.due_at,
  }))
}

export async function renewLease(db: Queries, lease: string, leaseUntil: Date): Promise<void> {
  await db.run(sql`UPDATE deliveries SET lease_until = ${leaseUntil.getTime()} WHERE state = 'queued' AND lease = ${lease}`)
}

/** Gives back what is leased and not handed over. */
export async function releaseLease(db: Queries, lease: string): Promise<void> {
  await db.run(sql`UPDATE deliveries SET lease = NULL, lease_until = NULL WHERE state = 'queued' AND lease = ${lease}`)
}

/**
 * Records the intent to hand these over, before a byte of their bodies leaves. What is no longer queued under the
 * lease (the reader left, the mailing was paused or cancelled) is not granted: this is the last check.
 */
export async function markHandingOver(tx: Queries, lease: string, ids: readonly number[]): Promise<Set<number>> {
  const rows = await tx.all<{ id: number }>(sql`
    UPDATE deliveries SET state = 'handing_over', attempts = attempts + 1
    WHERE id IN (${joinSql(ids)}) AND lease = ${lease} AND state = 'queued'
      AND mailing_id IN (SELECT id FROM mailings WHERE state = 'open')
    RETURNING id`)
  return new Set(rows.map((row) => row.id))
}

/**
 * Records how a try of a delivery under this lease ended, whether or not its intent was committed before. One that was
 * cancelled meanwhile stays so.
 */
export async function settle(tx: Queries, lease: string, id: number, settlement: Settlement, now: Date): Promise<void> {
  const isQueued = settlement.state === 'queued'
  await tx.run(sql`
    UPDATE deliveries SET state = ${settlement.state}, reason = ${settlement.reason}, lease = NULL, lease_until = NULL,
      attempts = CASE WHEN state = 'queued' THEN attempts + 1 ELSE attempts END,
      due_at = ${isQueued ? settlement.dueAt.getTime() : sql`due_at`}, settled_at = ${isQueued ? null : now.getTime()}
    WHERE id = ${id} AND lease = ${lease} AND state IN ('queued', 'handing_over')`)
}

/** The server turned us away: as if it had not been tried. */
export async function putBack(tx: Queries, lease: string, id: number): Promise<void> {
  await tx.run(sql`
    UPDATE deliveries SET attempts = CASE WHEN state = 'queued' THEN attempts ELSE attempts - 1 END, state = 'queued', lease = NULL, lease_until = NULL
    WHERE id = ${id} AND lease = ${lease} AND state IN ('queued', 'handing_over')`)
}

/** For the one who just took the sender's lock: nobody else is sending, so what was left open has no owner. */
export async function reap(tx: Queries, now: Date): Promise<{ released: number; uncertain: number }> {
  const released = await tx.run(sql`UPDATE deliveries SET lease = NULL, lease_until = NULL WHERE state = 'queued' AND lease IS NOT NULL`)
  const uncertain = await tx.run(sql`
    UPDATE deliveries SET state = 'uncertain', settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL,
      reason = 'handed over, and the process ended before the answer was recorded'
    WHERE state = 'handing_over'`)
  return { released, uncertain }
}

/** When the next queued delivery of an open mailing is due; undefined where nothing is owed. */
export async function nextDueAt(db: Queries): Promise<Date | undefined> {
  const row = await db.get<{ due_at: number | null }>(sql`
    SELECT min(d.due_at) AS due_at FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE d.state = 'queued' AND m.state = 'open'`)
  return row?.due_at == null ? undefined : new Date(row.due_at)
}
