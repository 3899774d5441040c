import type { Queries } from '../../platform/database/database.ts'
import { joinSql, type Sql, sql } from '../../platform/database/sql.ts'
import type { ClaimedDelivery, Edition, PlaceholderValues, Settlement } from '../delivery.ts'

/** Reads an edition with its placeholders. Throws if there is no edition with this id. */
export async function readEdition(db: Queries, id: string): Promise<Edition> {
  const row = await db.get<{ content: string }>(sql`SELECT content FROM editions WHERE id = ${id}`)
  if (!row) throw new Error(`edition ${id} is not in the database`)
  const { from, letter, list } = JSON.parse(row.content)
  return { from, email: letter, list }
}

/**
 * Leases up to `limit` due deliveries, unordered. Urgent ones come first, then an equal share of each open issue, so that small issues do
 * not wait for large ones. While sending is held, claims log-in mail only. Never claims a delivery twice under one lease, even if the clock jumps.
 */
export async function claim(tx: Queries, lease: string, limit: number, now: Date, leaseUntil: Date): Promise<ClaimedDelivery[]> {
  const common = { lease, now: now.getTime(), leaseUntil: leaseUntil.getTime() }
  if (await tx.get(sql`SELECT 1 AS held FROM sending_hold`))
    return claimFrom(tx, { ...common, limit, from: sql`priority < 2 AND priority = -1`, by: sql`due_at, id` })
  // SQLite uses the partial indexes only with these literals.
  const claimed = await claimFrom(tx, { ...common, limit, from: sql`priority < 2`, by: sql`priority, due_at, id` })
  const issues = await openIssues(tx)
  for (const [index, id] of issues.entries()) {
    const share = Math.ceil((limit - claimed.length) / (issues.length - index))
    if (share <= 0) break
    claimed.push(...(await claimFrom(tx, { ...common, limit: share, from: sql`mailing_id = ${id}`, by: sql`due_at, id` })))
  }
  return claimed
}

/** Open issues, oldest first. */
export async function openIssues(db: Queries): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`SELECT id FROM mailings WHERE kind = 'issue' AND state = 'open' ORDER BY created_at, id`)
  return rows.map(({ id }) => id)
}

async function claimFrom(
  tx: Queries,
  { lease, limit, now, leaseUntil, from, by }: { lease: string; limit: number; now: number; leaseUntil: number; from: Sql; by: Sql },
): Promise<ClaimedDelivery[]> {
  const skipLocked = tx.engine === 'postgres' ? sql`FOR UPDATE SKIP LOCKED` : sql``
  const rows = await tx.all<{
    id: number
    mailing_id: string
    edition_id: string
    address: string
    address_key: string
    holes: string
    attempts: number
    priority: number
    owed_at: number
    due_at: number
  }>(sql`
    WITH chosen AS MATERIALIZED (
      SELECT id FROM deliveries
      WHERE state = 'queued' AND ${from} AND due_at <= ${now}
        AND (lease IS NULL OR (lease_until <= ${now} AND lease <> ${lease}))
      ORDER BY ${by} LIMIT ${limit} ${skipLocked}
    )
    UPDATE deliveries SET lease = ${lease}, lease_until = ${leaseUntil}
    WHERE id IN (SELECT id FROM chosen)
    RETURNING id, mailing_id, edition_id, address, address_key, holes, attempts, priority, owed_at, due_at`)
  return rows.map((row) => ({
    id: row.id,
    mailingId: row.mailing_id,
    editionId: row.edition_id,
    address: row.address,
    addressKey: row.address_key,
    placeholders: JSON.parse(row.holes) as PlaceholderValues,
    attempts: row.attempts,
    priority: row.priority,
    enqueuedAt: row.owed_at,
    dueAt: row.due_at,
  }))
}

/** Uses the index of leased rows, which are few; queued rows may be a million. */
const isUnder = (lease: string) => sql`id IN (SELECT id FROM deliveries WHERE lease IS NOT NULL AND lease = ${lease})`

export async function renewLease(db: Queries, lease: string, leaseUntil: Date): Promise<void> {
  await db.run(sql`
    UPDATE deliveries SET lease_until = ${leaseUntil.getTime()} WHERE ${isUnder(lease)} AND state IN ('queued', 'handing_over')`)
}

/** Releases leased deliveries that were not handed over. */
export async function releaseLease(db: Queries, lease: string): Promise<void> {
  await db.run(sql`UPDATE deliveries SET lease = NULL, lease_until = NULL WHERE ${isUnder(lease)} AND state = 'queued'`)
}

/**
 * Records the intent to hand these over, before the first byte of their messages. Returns the granted ids. Deliveries that are no
 * longer queued under the lease, or whose mailing is not open, are not granted: this is the last check. On PostgreSQL the row locks
 * make a pause wait for running intents, so that none is granted after it.
 */
export async function markHandingOver(tx: Queries, lease: string, ids: readonly number[]): Promise<Set<number>> {
  if (tx.engine === 'postgres') {
    await tx.all(sql`
      SELECT id FROM mailings WHERE id IN (SELECT mailing_id FROM deliveries WHERE id IN (${joinSql(ids)})) ORDER BY id FOR SHARE`)
  }
  const rows = await tx.all<{ id: number }>(sql`
    UPDATE deliveries SET state = 'handing_over', attempts = attempts + 1
    WHERE id IN (${joinSql(ids)}) AND lease = ${lease} AND state = 'queued'
      AND EXISTS (SELECT 1 FROM mailings WHERE mailings.id = deliveries.mailing_id AND mailings.state = 'open')
      AND (priority = -1 OR NOT EXISTS (SELECT 1 FROM sending_hold))
    RETURNING id`)
  return new Set(rows.map((row) => row.id))
}

/** The values of a delivery that is settled, without the token of a log-in mail. */
const withoutLogin = sql`CASE WHEN priority = -1 THEN '{}' ELSE holes END`

export interface Settled {
  readonly id: number
  readonly settlement: Settlement
}

/**
 * Records results of attempts under this lease, whether or not their intents were committed. Returns the ids that were settled. A
 * delivery that was cancelled meanwhile is not among them; it stays cancelled.
 */
export async function settle(tx: Queries, lease: string, results: readonly Settled[], now: Date): Promise<Set<number>> {
  if (tx.engine === 'postgres') return new Set(await settleAtOnce(tx, lease, results, now))
  const settled = new Set<number>()
  for (const { id, settlement } of results) if (await settleOne(tx, lease, id, settlement, now)) settled.add(id)
  return settled
}

async function settleOne(tx: Queries, lease: string, id: number, settlement: Settlement, now: Date): Promise<boolean> {
  const isQueued = settlement.state === 'queued'
  const settled = await tx.run(sql`
    UPDATE deliveries SET state = ${settlement.state}, reason = ${settlement.reason}, lease = NULL, lease_until = NULL,
      attempts = CASE WHEN state = 'queued' THEN attempts + 1 ELSE attempts END,
      holes = ${isQueued ? sql`holes` : withoutLogin},
      due_at = ${isQueued ? settlement.dueAt.getTime() : sql`due_at`}, settled_at = ${isQueued ? null : now.getTime()}
    WHERE id = ${id} AND lease = ${lease} AND state IN ('queued', 'handing_over')`)
  return settled > 0
}

/** One round trip for all. A row with `due` goes back to the queue. */
async function settleAtOnce(tx: Queries, lease: string, results: readonly Settled[], now: Date): Promise<number[]> {
  if (results.length === 0) return []
  const values = results.map(({ id, settlement }) => {
    const due = settlement.state === 'queued' ? settlement.dueAt.getTime() : null
    return sql`(${id}::bigint, ${settlement.state}, ${settlement.reason}, ${due}::bigint)`
  })
  const rows = await tx.all<{ id: number }>(sql`
    UPDATE deliveries SET state = result.state, reason = result.reason, lease = NULL, lease_until = NULL,
      attempts = CASE WHEN deliveries.state = 'queued' THEN attempts + 1 ELSE attempts END,
      holes = CASE WHEN result.due IS NULL THEN ${withoutLogin} ELSE holes END,
      due_at = coalesce(result.due, due_at), settled_at = CASE WHEN result.due IS NULL THEN ${now.getTime()}::bigint END
    FROM (VALUES ${joinSql(values)}) AS result (id, state, reason, due)
    WHERE deliveries.id = result.id AND lease = ${lease} AND deliveries.state IN ('queued', 'handing_over')
    RETURNING deliveries.id`)
  return rows.map(({ id }) => id)
}

/** Queues a delivery again without counting the attempt, because the server rejected us. */
export async function putBack(tx: Queries, lease: string, id: number): Promise<void> {
  await tx.run(sql`
    UPDATE deliveries SET attempts = CASE WHEN state = 'queued' THEN attempts ELSE attempts - 1 END, state = 'queued', lease = NULL, lease_until = NULL
    WHERE id = ${id} AND lease = ${lease} AND state IN ('queued', 'handing_over')`)
}

/** Postpones a delivery to `until` without counting an attempt. */
export async function putOff(tx: Queries, lease: string, id: number, until: Date): Promise<void> {
  await tx.run(sql`
    UPDATE deliveries SET due_at = ${until.getTime()}, lease = NULL, lease_until = NULL WHERE id = ${id} AND lease = ${lease} AND state = 'queued'`)
}

/** Stores the receiving domains that have paused this mailing. None of them pauses it again. */
export async function excuse(tx: Queries, mailingId: string, domains: readonly string[]): Promise<void> {
  await tx.run(sql`UPDATE mailings SET excused = ${JSON.stringify(domains)} WHERE id = ${mailingId}`)
}

/**
 * Clears abandoned leases. Queued deliveries can be claimed again; those being handed over become uncertain, and only the operator
 * queues them again. `ofHolder`: the prefix of the leases to clear, for the holder of that lock. Without it: expired leases.
 */
export async function reap(tx: Queries, now: Date, ofHolder?: string): Promise<{ released: number; uncertain: number }> {
  const isOver = ofHolder === undefined ? sql`lease_until <= ${now.getTime()}` : sql`substr(lease, 1, ${ofHolder.length}) = ${ofHolder}`
  const uncertain = await tx.run(sql`
    UPDATE deliveries SET state = 'uncertain', settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL, holes = ${withoutLogin},
      reason = 'handed over, and the process ended before the answer was recorded'
    WHERE lease IS NOT NULL AND state = 'handing_over' AND ${isOver}`)
  const released = await tx.run(sql`
    UPDATE deliveries SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL AND state <> 'handing_over' AND ${isOver}`)
  return { released, uncertain }
}

export async function hasLeases(db: Queries): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM deliveries WHERE lease IS NOT NULL LIMIT 1`)) !== undefined
}

/** When the next queued delivery of an open mailing is due; undefined if there is none. */
export async function nextDueAt(db: Queries): Promise<Date | undefined> {
  const row = await db.get<{ due_at: number | null }>(sql`
    SELECT min(due_at) AS due_at FROM (
      SELECT min(due_at) AS due_at FROM deliveries WHERE state = 'queued' AND priority < 2
      UNION ALL
      SELECT (SELECT min(due_at) FROM deliveries WHERE state = 'queued' AND mailing_id = mailings.id) AS due_at
      FROM mailings WHERE kind = 'issue' AND state = 'open'
    ) AS next`)
  return row?.due_at == null ? undefined : new Date(row.due_at)
}

/**
 * Reserves `count` slots, `everyMicros` apart, across all processes. Returns the first in microseconds since 1970. Ignores earlier
 * reservations that are more than `furthestAheadMs` ahead, because the clock was set back since.
 */
export async function reserveSlots(tx: Queries, now: Date, count: number, everyMicros: number, furthestAheadMs: number): Promise<number> {
  const nowMicros = now.getTime() * 1_000
  const row = await tx.get<{ next_at: number }>(sql`
    INSERT INTO sending_pace (id, next_at) VALUES (1, ${nowMicros + count * everyMicros})
    ON CONFLICT (id) DO UPDATE SET next_at = ${count * everyMicros} + CASE
      WHEN sending_pace.next_at BETWEEN ${nowMicros} AND ${nowMicros + furthestAheadMs * 1_000} THEN sending_pace.next_at ELSE ${nowMicros} END
    RETURNING next_at`)
  if (!row) throw new Error('no sending slots were reserved')
  return row.next_at - count * everyMicros
}
