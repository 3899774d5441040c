import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { DeliveryState } from './delivery.ts'

/**
 * What the receiving side reports after a delivery was sent. Hard: no such mailbox. Soft: a temporary failure. Policy: the server
 * rejects our mail, whoever the reader is. Complaint: the reader marked it as spam.
 */
export type ReportKind = 'hard' | 'soft' | 'policy' | 'complaint'

export interface ReportedDelivery {
  readonly mailingId: string
  /** Empty once the reader was erased. */
  readonly address: string
  readonly addressKey: string
  readonly state: DeliveryState
}

export async function readReportedDelivery(tx: Queries, id: number): Promise<ReportedDelivery | undefined> {
  const row = await tx.get<{ mailing_id: string; address: string; address_key: string; state: DeliveryState }>(
    sql`SELECT mailing_id, address, address_key, state FROM deliveries WHERE id = ${id}`,
  )
  return row && { mailingId: row.mailing_id, address: row.address, addressKey: row.address_key, state: row.state }
}

export interface NewReport {
  readonly deliveryId: number
  readonly kind: ReportKind
  readonly mailingId: string
  readonly status: string | undefined
  /** Only for soft bounces, which are counted by address. */
  readonly addressHash: string | undefined
}

/** False if this delivery already has a report of this kind. */
export async function insertReport(tx: Queries, report: NewReport, now: Date): Promise<boolean> {
  const { deliveryId, kind, mailingId, status, addressHash } = report
  const added = await tx.run(sql`
    INSERT INTO reports (delivery_id, kind, mailing_id, status, address_hash, reported_at)
    VALUES (${deliveryId}, ${kind}, ${mailingId}, ${status ?? null}, ${addressHash ?? null}, ${now.getTime()})
    ON CONFLICT (delivery_id, kind) DO NOTHING`)
  return added > 0
}

/** Counts the soft bounces of an address that still have its hash. */
export async function countSoftReports(tx: Queries, addressHash: string): Promise<number> {
  const row = await tx.get<{ n: number }>(sql`
    SELECT count(*) AS n FROM reports
    WHERE address_hash = ${addressHash} AND kind = 'soft'`)
  return row?.n ?? 0
}

/** Gives the soft bounces under hashes of previous secrets the present hash of their address. */
export async function rewriteReportHashes(tx: Queries, previous: readonly string[], hash: string): Promise<void> {
  if (previous.length === 0) return
  await tx.run(sql`UPDATE reports SET address_hash = ${hash} WHERE address_hash IN (${joinSql(previous)})`)
}

/** Removes the address hash from reports up to and including `until`. */
export async function deleteReportAddresses(db: Queries, until: Date): Promise<void> {
  await db.run(sql`
    UPDATE reports SET address_hash = NULL WHERE address_hash IS NOT NULL AND reported_at <= ${until.getTime()}`)
}

/** Reports about sent deliveries. They do not change the counts by state. */
export interface LaterCounts {
  readonly bounced: number
  readonly complained: number
}

export async function readLaterCounts(db: Queries, mailingIds: readonly string[]): Promise<Map<string, LaterCounts>> {
  const counts = new Map(mailingIds.map((id) => [id, { bounced: 0, complained: 0 }]))
  if (mailingIds.length === 0) return counts
  const rows = await db.all<{ mailing_id: string; bounced: number; complained: number }>(sql`
    SELECT mailing_id, count(DISTINCT CASE WHEN kind <> 'complaint' THEN delivery_id END) AS bounced,
      count(DISTINCT CASE WHEN kind = 'complaint' THEN delivery_id END) AS complained
    FROM reports WHERE mailing_id IN (${joinSql(mailingIds)}) GROUP BY mailing_id`)
  for (const { mailing_id, bounced, complained } of rows) counts.set(mailing_id, { bounced, complained })
  return counts
}

/** All reports by kind. */
export async function countReports(db: Queries): Promise<{ kind: ReportKind; count: number }[]> {
  return db.all(sql`SELECT kind, count(*) AS count FROM reports GROUP BY kind ORDER BY kind`)
}

/** The recipient of a delivery and its digest; `list` is empty for mail that belongs to no digest. */
export interface Addressee {
  readonly addressKey: string
  readonly list: string
}

export async function addresseeOf(db: Queries, deliveryId: number): Promise<Addressee | undefined> {
  const row = await db.get<{ address_key: string; list: string }>(sql`
    SELECT d.address_key, m.list FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE d.id = ${deliveryId}`)
  return row && { addressKey: row.address_key, list: row.list }
}

/** The last delivery handed over to an address. Used when a provider reports only the address. */
export async function lastDeliveryTo(db: Queries, addressKey: string): Promise<number | undefined> {
  const row = await db.get<{ id: number | null }>(sql`
    SELECT max(id) AS id FROM deliveries
    WHERE address_key = ${addressKey} AND state IN ('handing_over', 'sent', 'uncertain')
      AND (priority < 2 OR mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue'))`)
  return row?.id ?? undefined
}
