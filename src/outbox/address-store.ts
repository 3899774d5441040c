import type { Queries } from '../platform/database/database.ts'
import { joinSql, type Sql, sql } from '../platform/database/sql.ts'
import type { KeyedHashing } from '../platform/tokens.ts'
import type { DeliveryState, MailingKind } from './delivery.ts'

/**
 * Conditions that find the deliveries of an address: one for emails outside issues, which have their own index, and one for issues.
 * An address has at most one delivery per issue, found by the mailing. An index over all addresses would slow down every issue.
 */
export function ofAddress(addressKey: string): readonly [emails: Sql, issues: Sql] {
  return [
    sql`priority < 2 AND address_key = ${addressKey}`,
    sql`priority = 2 AND address_key = ${addressKey} AND mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue')`,
  ]
}

/** One delivery to an address, queued or settled. */
export interface PastDelivery {
  readonly kind: MailingKind
  /** The digest; empty for mail that belongs to no digest. */
  readonly list: string
  readonly state: DeliveryState
  readonly enqueuedAt: Date
  readonly settledAt: Date | undefined
}

/** The deliveries to this address that are still on record, oldest first. */
export async function deliveriesTo(db: Queries, addressKey: string): Promise<PastDelivery[]> {
  const read = (which: Sql) =>
    db.all<{ kind: MailingKind; list: string; state: DeliveryState; owed_at: number; settled_at: number | null }>(sql`
      SELECT m.kind, m.list, d.state, d.owed_at, d.settled_at
      FROM (SELECT * FROM deliveries WHERE ${which}) d JOIN mailings m ON m.id = d.mailing_id`)
  const [emails, issues] = ofAddress(addressKey)
  const rows = [...(await read(emails)), ...(await read(issues))]
  return rows
    .sort((a, b) => a.owed_at - b.owed_at)
    .map((row) => ({
      kind: row.kind,
      list: row.list,
      state: row.state,
      enqueuedAt: new Date(row.owed_at),
      settledAt: row.settled_at === null ? undefined : new Date(row.settled_at),
    }))
}

/** What the receiving side said later about a delivery that was sent. */
export interface LaterReport {
  readonly kind: 'hard' | 'soft' | 'policy' | 'complaint'
  /** The enhanced status code (RFC 3463), if given. */
  readonly status: string | undefined
  readonly at: Date
}

/** One delivery with its outcome. */
export interface DeliveryOutcome extends PastDelivery {
  /** The id of its issue, where it is one. */
  readonly mailingId: string
  /** The reply of the server, or why it was not sent. */
  readonly reason: string | undefined
  readonly reports: readonly LaterReport[]
}

/** The deliveries to this address that are still on record, with what came back, oldest first. */
export async function outcomesTo(db: Queries, addressKey: string): Promise<DeliveryOutcome[]> {
  const read = (which: Sql) =>
    db.all<OutcomeRow>(sql`
      SELECT d.id, d.mailing_id, m.kind, m.list, d.state, d.reason, d.owed_at, d.settled_at
      FROM (SELECT * FROM deliveries WHERE ${which}) d JOIN mailings m ON m.id = d.mailing_id`)
  const [emails, issues] = ofAddress(addressKey)
  const rows = [...(await read(emails)), ...(await read(issues))].sort((a, b) => a.owed_at - b.owed_at)
  const reports = await reportsOn(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => ({
    kind: row.kind,
    list: row.list,
    state: row.state,
    mailingId: row.mailing_id,
    reason: row.reason ?? undefined,
    enqueuedAt: new Date(row.owed_at),
    settledAt: row.settled_at === null ? undefined : new Date(row.settled_at),
    reports: reports.get(row.id) ?? [],
  }))
}

interface OutcomeRow {
  readonly id: number
  readonly mailing_id: string
  readonly kind: MailingKind
  readonly list: string
  readonly state: DeliveryState
  readonly reason: string | null
  readonly owed_at: number
  readonly settled_at: number | null
}

const idsPerStatement = 500

async function reportsOn(db: Queries, ids: readonly number[]): Promise<Map<number, LaterReport[]>> {
  const found = new Map<number, LaterReport[]>()
  for (let start = 0; start < ids.length; start += idsPerStatement) {
    const rows = await db.all<{ delivery_id: number; kind: LaterReport['kind']; status: string | null; reported_at: number }>(sql`
      SELECT delivery_id, kind, status, reported_at FROM reports
      WHERE delivery_id IN (${joinSql(ids.slice(start, start + idsPerStatement))}) ORDER BY reported_at`)
    for (const row of rows) {
      const report = { kind: row.kind, status: row.status ?? undefined, at: new Date(row.reported_at) }
      found.set(row.delivery_id, [...(found.get(row.delivery_id) ?? []), report])
    }
  }
  return found
}

/**
 * Removes the address, the reader's values and the server replies from every delivery. The row and its state remain.
 * Suppress the address first if something may be queued for it.
 */
export async function anonymiseAddress(tx: Queries, tokens: KeyedHashing, addressKey: string): Promise<number> {
  const hash = hashOf(tokens, addressKey)
  let changed = 0
  for (const which of ofAddress(addressKey)) {
    changed += await tx.run(sql`
      UPDATE deliveries SET address = '', address_key = ${hash}, holes = '{}', reason = CASE WHEN state IN ('cancelled', 'skipped') THEN reason END
      WHERE ${which}`)
  }
  return changed
}

/** A keyed hash that recognises an address but does not reveal it. */
export function hashOf(tokens: KeyedHashing, addressKey: string): string {
  return tokens.keyedHash('address', addressKey).toString('base64url')
}

/** Every form in which the hash of an address may be stored: under the present secret, then under previous ones. */
export function hashesOf(tokens: KeyedHashing, addressKey: string): readonly string[] {
  return tokens.keyedHashes('address', addressKey).map((hash) => hash.toString('base64url'))
}
