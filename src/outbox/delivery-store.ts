import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import { type Counts, type DeliveryState, deliveryStates, type MailingKind } from './delivery.ts'

/** Deliveries of each issue's mailing by state, including pruned ones. */
export async function readCounts(db: Queries, mailingIds: readonly string[]): Promise<Map<string, Counts>> {
  const counts = new Map(mailingIds.map((id) => [id, emptyCounts()]))
  if (mailingIds.length === 0) return counts
  const rows = await db.all<{ mailing_id: string; state: DeliveryState; count: number }>(sql`
    SELECT mailing_id, state, count FROM delivery_counts WHERE mailing_id IN (${joinSql(mailingIds)})
    UNION ALL SELECT mailing_id, state, count FROM thinned_deliveries WHERE mailing_id IN (${joinSql(mailingIds)})`)
  for (const row of rows) {
    const ofMailing = counts.get(row.mailing_id)
    if (ofMailing) ofMailing[row.state] += row.count
  }
  return counts
}

function emptyCounts(): { -readonly [State in keyof Counts]: number } {
  return { queued: 0, handing_over: 0, sent: 0, failed: 0, cancelled: 0, skipped: 0, uncertain: 0 }
}

/** Mailings of issues that began from `from` up to before `to`. */
export async function listIssueMailings(db: Queries, from: Date, to: Date): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT id FROM mailings WHERE created_at >= ${from.getTime()} AND created_at < ${to.getTime()} AND kind = 'issue' ORDER BY created_at`)
  return rows.map(({ id }) => id)
}

/** Pairs of address and edition that were sent, among these mailings and addresses. */
export async function readSentEditions(
  db: Queries,
  mailingIds: readonly string[],
  addressKeys: readonly string[],
): Promise<{ addressKey: string; editionId: string }[]> {
  if (mailingIds.length === 0 || addressKeys.length === 0) return []
  const rows = await db.all<{ address_key: string; edition_id: string }>(sql`
    SELECT address_key, edition_id FROM deliveries
    WHERE mailing_id IN (${joinSql(mailingIds)}) AND address_key IN (${joinSql(addressKeys)}) AND state = 'sent'`)
  return rows.map((row) => ({ addressKey: row.address_key, editionId: row.edition_id }))
}

export interface DeliveryRow {
  readonly id: number
  readonly address: string
  readonly state: DeliveryState
  readonly reason: string | null
  readonly attempts: number
  readonly settled_at: number | null
}

/** The delivery of a mailing to one address; undefined if it was never enqueued or was pruned. */
export async function findDelivery(
  db: Queries,
  mailingId: string,
  addressKey: string,
): Promise<{ readonly state: DeliveryState; readonly reason: string | undefined; readonly editionId: string | undefined } | undefined> {
  const row = await db.get<{ state: DeliveryState; reason: string | null; edition_id: string | null }>(sql`
    SELECT state, reason, edition_id FROM deliveries WHERE mailing_id = ${mailingId} AND address_key = ${addressKey}`)
  return row && { state: row.state, reason: row.reason ?? undefined, editionId: row.edition_id ?? undefined }
}

/** One page of a mailing's deliveries, ordered by id. Reads the first `limit` ids of each state, because the index is by state. */
export async function listDeliveries(
  db: Queries,
  mailingId: string,
  page: { state?: DeliveryState; after: number; limit: number },
): Promise<DeliveryRow[]> {
  const states = page.state ? [page.state] : deliveryStates
  const ids = states.map((state) => {
    const isIn =
      state === 'handing_over' ? sql`state = 'handing_over' AND lease IS NOT NULL` : sql`state = ${state} AND state <> 'handing_over'`
    return sql`SELECT id FROM (SELECT id FROM deliveries WHERE mailing_id = ${mailingId} AND id > ${page.after} AND ${isIn} ORDER BY id LIMIT ${page.limit}) AS of_state`
  })
  return db.all<DeliveryRow>(sql`
    SELECT id, address, state, reason, attempts, settled_at FROM deliveries
    WHERE id IN (${joinSql(ids, ' UNION ALL ')}) ORDER BY id LIMIT ${page.limit}`)
}

/** All deliveries ever made by kind of mailing and state, including pruned ones. */
export async function countDeliveries(db: Queries): Promise<{ kind: MailingKind; state: DeliveryState; count: number }[]> {
  return db.all(sql`
    SELECT kind, state, CAST(sum(count) AS BIGINT) AS count FROM (
      SELECT kind, state, count FROM delivery_counts WHERE count > 0
      UNION ALL SELECT kind, state, count FROM thinned_deliveries
    ) AS counted GROUP BY kind, state ORDER BY kind, state`)
}
