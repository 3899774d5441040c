import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { DeliveryState } from './delivery.ts'
import { hashOf, suppress } from './suppressions.ts'

/**
 * What the receiving side says later of a delivery. Hard: there is no such mailbox. Soft: not now. Policy: it does not want mail like
 * ours, which says nothing about the reader. Complaint: the reader called it spam.
 */
export type ReportKind = 'hard' | 'soft' | 'policy' | 'complaint'

export interface Report {
  readonly deliveryId: number
  readonly kind: ReportKind
  /** The enhanced status code (RFC 3463) where one was given. */
  readonly status: string | undefined
}

/** Taken in; told before; or of no delivery that has been handed over. */
export type Reported =
  | { readonly outcome: 'new'; readonly mailingId: string; readonly isSuppressed: boolean }
  | { readonly outcome: 'known' | 'unknown' }

/** A mailbox that was full three times in two weeks is one that nobody reads. */
const softLimit = 3
const softWindowMs = 14 * 86_400_000

/**
 * Records a report and what follows from it, in the caller's transaction: a hard bounce, a complaint, and the third soft bounce in
 * fourteen days suppress the address. Of one delivery each kind counts once, however often and by whatever way it is told.
 */
export async function recordReport(tx: Queries, tokens: Pick<Tokens, 'keyedHash'>, report: Report, now: Date): Promise<Reported> {
  const { deliveryId, kind, status } = report
  const delivery = await tx.get<{ mailing_id: string; address: string; address_key: string; state: DeliveryState }>(
    sql`SELECT mailing_id, address, address_key, state FROM deliveries WHERE id = ${deliveryId}`,
  )
  if (!delivery || !wasHandedOver.has(delivery.state)) return { outcome: 'unknown' }
  const hash = hashOf(tokens, delivery.address_key)
  const added = await tx.run(sql`
    INSERT INTO reports (delivery_id, kind, mailing_id, status, address_hash, reported_at)
    VALUES (${deliveryId}, ${kind}, ${delivery.mailing_id}, ${status ?? null}, ${kind === 'soft' ? hash : null}, ${now.getTime()})
    ON CONFLICT (delivery_id, kind) DO NOTHING`)
  if (added === 0) return { outcome: 'known' }
  // Of an erased reader the delivery has no address any more, and the suppression stands already.
  const isSuppressed = delivery.address !== '' && (await isReason(tx, kind, hash, now))
  if (isSuppressed) await suppress(tx, tokens, delivery.address_key, kind === 'complaint' ? 'complaint' : 'bounce', now)
  return { outcome: 'new', mailingId: delivery.mailing_id, isSuppressed }
}

/** A bounce may overtake the record of the answer that it follows. */
const wasHandedOver: ReadonlySet<DeliveryState> = new Set(['handing_over', 'sent', 'uncertain'])

async function isReason(tx: Queries, kind: ReportKind, addressHash: string, now: Date): Promise<boolean> {
  if (kind !== 'soft') return kind !== 'policy'
  // What counts no more need not say whose it was.
  await tx.run(
    sql`UPDATE reports SET address_hash = NULL WHERE address_hash IS NOT NULL AND reported_at <= ${now.getTime() - softWindowMs}`,
  )
  const row = await tx.get<{ n: number }>(sql`
    SELECT count(*) AS n FROM reports
    WHERE address_hash = ${addressHash} AND kind = 'soft'`)
  return (row?.n ?? 0) >= softLimit
}

/** Takes the address out of soft bounces that count no more towards a suppression: that there was one is all that is left. */
export async function forgetOldReports(db: Queries, now: Date): Promise<void> {
  await db.run(sql`
    UPDATE reports SET address_hash = NULL WHERE address_hash IS NOT NULL AND reported_at <= ${now.getTime() - softWindowMs}`)
}

/** What was learnt later of deliveries that were sent: told beside their sum. */
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

/** All reports there are, by kind. */
export async function countReports(db: Queries): Promise<{ kind: ReportKind; count: number }[]> {
  return db.all(sql`SELECT kind, count(*) AS count FROM reports GROUP BY kind ORDER BY kind`)
}

/** Whose mail it was and of which list; empty where it belongs to none. */
export interface Addressee {
  readonly addressKey: string
  readonly list: string
}

export async function addresseeOf(db: Queries, deliveryId: number): Promise<Addressee | undefined> {
  const row = await db.get<{ address_key: string; list: string }>(sql`
    SELECT d.address_key, m.list FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE d.id = ${deliveryId}`)
  return row && { addressKey: row.address_key, list: row.list }
}

/** The last that was handed over to an address: what a provider means that names only the address. */
export async function lastDeliveryTo(db: Queries, addressKey: string): Promise<number | undefined> {
  const row = await db.get<{ id: number | null }>(sql`
    SELECT max(id) AS id FROM deliveries
    WHERE address_key = ${addressKey} AND state IN ('handing_over', 'sent', 'uncertain')
      AND (priority < 2 OR mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue'))`)
  return row?.id ?? undefined
}
