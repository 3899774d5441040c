import type { Database, Queries } from '../platform/database/database.ts'
import { joinSql, Sql, sql } from '../platform/database/sql.ts'
import { type DeliveryState, deliveryStates, type MailingKind } from './delivery.ts'

/** A step of this size takes about 10 ms; other queries run between two steps. */
const rowsPerStep = 500

/** Prunes one batch of deliveries of finished or cancelled issues. True if more may remain. */
export async function pruneIssueDeliveries(database: Database, before: Date): Promise<boolean> {
  return database.transaction(async (tx) => {
    const rows = await tx.all<{ id: number; mailing_id: string; state: DeliveryState }>(sql`
      SELECT id, mailing_id, state FROM deliveries
      WHERE state <> 'queued' AND state <> 'handing_over' AND mailing_id = (
        SELECT id FROM mailings WHERE kind = 'issue' AND created_at < ${before.getTime()} AND state IN ('finished', 'cancelled') AND EXISTS (
          SELECT 1 FROM deliveries WHERE mailing_id = mailings.id AND deliveries.state <> 'queued' AND deliveries.state <> 'handing_over')
        ORDER BY created_at LIMIT 1)
      LIMIT ${rowsPerStep}`)
    const [first] = rows
    if (!first) return false
    await storeCounts(
      tx,
      rows.map(({ state }) => ({ mailingId: first.mailing_id, kind: 'issue', state })),
    )
    await tx.run(sql`DELETE FROM deliveries WHERE id IN (${joinSql(rows.map((row) => row.id))})`)
    return true
  })
}

/** Prunes one batch of emails outside issues, with their mailings. Their counts are kept per kind. True if more may remain. */
export async function pruneEmailDeliveries(database: Database, before: Date): Promise<boolean> {
  return database.transaction(async (tx) => {
    const rows = await tx.all<{ id: number; mailing_id: string; kind: MailingKind; state: DeliveryState }>(sql`
      SELECT d.id, d.mailing_id, m.kind, d.state FROM mailings m JOIN deliveries d ON d.mailing_id = m.id
      WHERE m.created_at < ${before.getTime()} AND m.kind <> 'issue' AND d.state <> 'queued' AND d.state <> 'handing_over'
      ORDER BY m.created_at LIMIT ${rowsPerStep}`)
    if (rows.length === 0) return false
    await storeCounts(
      tx,
      rows.map(({ kind, state }) => ({ mailingId: '', kind, state })),
    )
    await tx.run(sql`DELETE FROM deliveries WHERE id IN (${joinSql(rows.map((row) => row.id))})`)
    const mailings = [...new Set(rows.map((row) => row.mailing_id))]
    await tx.run(sql`
      DELETE FROM mailings WHERE id IN (${joinSql(mailings)}) AND NOT EXISTS (SELECT 1 FROM deliveries WHERE mailing_id = mailings.id)`)
    return true
  })
}

async function storeCounts(
  tx: Queries,
  deleted: readonly { readonly mailingId: string; readonly kind: MailingKind; readonly state: DeliveryState }[],
): Promise<void> {
  const counts = new Map<string, { one: (typeof deleted)[number]; count: number }>()
  for (const one of deleted) {
    const key = `${one.mailingId} ${one.kind} ${one.state}`
    counts.set(key, { one, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  for (const { one, count } of counts.values()) {
    await tx.run(sql`
      INSERT INTO thinned_deliveries (mailing_id, kind, state, count) VALUES (${one.mailingId}, ${one.kind}, ${one.state}, ${count})
      ON CONFLICT (mailing_id, kind, state) DO UPDATE SET count = thinned_deliveries.count + excluded.count`)
  }
}

/** Adds up the counters of connections that have ended, on PostgreSQL. */
export async function foldDeliveryCounters(db: Queries): Promise<void> {
  if (db.engine === 'sqlite') return
  const states = deliveryStates.map((state) => new Sql([state], []))
  await db.run(sql`
    WITH ended AS (DELETE FROM delivery_counters WHERE backend <> 0 AND backend NOT IN (SELECT pid FROM pg_stat_activity) RETURNING *)
    INSERT INTO delivery_counters AS c (mailing_id, kind, backend, ${joinSql(states)})
    SELECT mailing_id, kind, 0, ${joinSql(states.map((state) => sql`CAST(sum(${state}) AS BIGINT)`))} FROM ended GROUP BY mailing_id, kind
    ON CONFLICT (mailing_id, kind, backend) DO UPDATE SET ${joinSql(states.map((state) => sql`${state} = c.${state} + excluded.${state}`))}`)
}
