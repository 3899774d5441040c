import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { KeyedHashing } from '../platform/tokens.ts'
import { hashesOf, hashOf, ofAddress } from './address-store.ts'

/** Why an address gets no mail until the suppression is lifted. */
export type SuppressionReason = 'bounce' | 'complaint' | 'operator' | 'erasure'

export interface Suppression {
  /** The keyed hash of the address. */
  readonly id: string
  /** Undefined after an erasure. */
  readonly addressKey: string | undefined
  readonly reason: SuppressionReason
  readonly createdAt: Date
  /** When a sign-up for this address was last refused. */
  readonly askedAt: Date | undefined
}

type Hashing = KeyedHashing

/** At most eight bound values per key (six secrets): far below the limit of either engine. */
const keysPerStatement = 500

/**
 * Suppresses an address and cancels its queued deliveries, in the caller's transaction. Deliveries enqueued by an audience that is
 * being frozen meanwhile are stopped by `refuseSuppressed`. The first reason is kept; an erasure also removes the address.
 * True if the suppression is new.
 *
 * Lock order: change rows of subscribers before calling this, as freezing an audience does.
 */
export async function suppress(tx: Queries, tokens: Hashing, addressKey: string, reason: SuppressionReason, now: Date): Promise<boolean> {
  const kept = reason === 'erasure' ? null : addressKey
  await rewriteSuppressionHashes(tx, tokens, [addressKey])
  const hash = hashOf(tokens, addressKey)
  const added = await tx.run(sql`
    INSERT INTO suppressions (address_hash, address_key, reason, created_at) VALUES (${hash}, ${kept}, ${reason}, ${now.getTime()})
    ON CONFLICT (address_hash) DO NOTHING`)
  if (reason === 'erasure') await tx.run(sql`UPDATE suppressions SET address_key = NULL WHERE address_hash = ${hash}`)
  // Log-in mail goes to operators, whether or not readers of this address get mail. An erasure leaves nothing of it.
  const others = reason === 'erasure' ? sql`` : sql`AND priority <> -1`
  for (const which of ofAddress(addressKey)) {
    await tx.run(sql`
      UPDATE deliveries SET state = 'cancelled', reason = ${suppressedReason(reason)}, settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL
      WHERE ${which} AND state = 'queued' ${others}`)
  }
  return added > 0
}

/** Suppresses an address of which only the hash is known, because it was erased. */
export async function suppressErased(tx: Queries, addressHash: string, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO suppressions (address_hash, address_key, reason, created_at) VALUES (${addressHash}, NULL, 'erasure', ${now.getTime()})
    ON CONFLICT (address_hash) DO NOTHING`)
}

/** Lifts a suppression. False if the address was not suppressed. */
export async function liftSuppression(tx: Queries, tokens: Hashing, addressKey: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM suppressions WHERE ${isOneOf([addressKey], tokens)}`)) > 0
}

/** Above this number of keys, first check whether any suppression exists, to avoid hashing them all. */
const fewKeys = 50

async function isAnySuppressed(db: Queries): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM suppressions LIMIT 1`)) !== undefined
}

/** The suppressed addresses among these: address key → reason. */
export async function whichAreSuppressed(
  db: Queries,
  tokens: Hashing,
  addressKeys: readonly string[],
): Promise<Map<string, SuppressionReason>> {
  const found = new Map<string, SuppressionReason>()
  if (addressKeys.length > fewKeys && !(await isAnySuppressed(db))) return found
  for (let start = 0; start < addressKeys.length; start += keysPerStatement) {
    const some = addressKeys.slice(start, start + keysPerStatement)
    const rows = await db.all<{ address_hash: string; address_key: string | null; reason: SuppressionReason }>(
      sql`SELECT address_hash, address_key, reason FROM suppressions WHERE ${isOneOf(some, tokens)}`,
    )
    if (rows.length === 0) continue
    const byHash = new Map(some.flatMap((key) => hashesOf(tokens, key).map((hash) => [hash, key] as const)))
    for (const row of rows) found.set(row.address_key ?? byHash.get(row.address_hash) ?? row.address_hash, row.reason)
  }
  return found
}

/**
 * Gives suppressions and anonymised deliveries under hashes of previous secrets the present hash of their address. An erased address is
 * known only when somebody names it again, so this happens one by one.
 */
export async function rewriteSuppressionHashes(tx: Queries, tokens: Hashing, addressKeys: readonly string[]): Promise<void> {
  // Sorted: two transactions take the rows in one order.
  for (const addressKey of [...addressKeys].sort()) {
    const [hash = '', ...previous] = hashesOf(tokens, addressKey)
    for (const old of previous) await rewriteSuppressionHash(tx, old, hash)
  }
}

async function rewriteSuppressionHash(tx: Queries, old: string, hash: string): Promise<void> {
  const copied = await tx.run(sql`
    INSERT INTO suppressions (address_hash, address_key, reason, created_at, asked_at)
    SELECT ${hash}, address_key, reason, created_at, asked_at FROM suppressions WHERE address_hash = ${old}
    ON CONFLICT (address_hash) DO NOTHING`)
  if ((await tx.run(sql`DELETE FROM suppressions WHERE address_hash = ${old}`)) === 0 && copied === 0) return
  for (const which of ofAddress(old)) {
    await tx.run(sql`
      UPDATE deliveries SET address_key = ${hash}
      WHERE ${which} AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.mailing_id = deliveries.mailing_id AND d.address_key = ${hash})`)
  }
}

/** Records that a sign-up for a suppressed address was refused; the desk shows the time. */
export async function noteRefusal(tx: Queries, tokens: Hashing, addressKey: string, now: Date): Promise<void> {
  await rewriteSuppressionHashes(tx, tokens, [addressKey])
  await tx.run(sql`UPDATE suppressions SET asked_at = ${now.getTime()} WHERE ${isOneOf([addressKey], tokens)}`)
}

/** One page, newest first. `before` is the last suppression of the previous page. */
export async function listSuppressions(
  db: Queries,
  page: { readonly limit: number; readonly before?: { readonly createdAt: Date; readonly id: string } },
): Promise<Suppression[]> {
  const older = page.before ? sql`WHERE (created_at, address_hash) < (${page.before.createdAt.getTime()}, ${page.before.id})` : sql``
  const rows = await db.all<SuppressionRow>(
    sql`SELECT * FROM suppressions ${older} ORDER BY created_at DESC, address_hash DESC LIMIT ${page.limit}`,
  )
  return rows.map(toSuppression)
}

/** One page ordered by address, without erased ones. `after` is the last address of the previous page. */
export async function listSuppressedAddresses(
  db: Queries,
  page: { readonly limit: number; readonly after: string },
): Promise<{ readonly addressKey: string; readonly reason: SuppressionReason }[]> {
  const rows = await db.all<{ address_key: string; reason: SuppressionReason }>(sql`
    SELECT address_key, reason FROM suppressions WHERE address_key IS NOT NULL AND address_key > ${page.after}
    ORDER BY address_key LIMIT ${page.limit}`)
  return rows.map((row) => ({ addressKey: row.address_key, reason: row.reason }))
}

export async function readSuppression(db: Queries, tokens: Hashing, addressKey: string): Promise<Suppression | undefined> {
  const row = await db.get<SuppressionRow>(sql`SELECT * FROM suppressions WHERE ${isOneOf([addressKey], tokens)} LIMIT 1`)
  return row && toSuppression(row)
}

/**
 * The last check before hand-over: cancels the deliveries whose address is suppressed and that are still queued under `lease`.
 * Returns the others.
 */
export async function refuseSuppressed<One extends { readonly id: number; readonly addressKey: string; readonly lease: string }>(
  tx: Queries,
  tokens: Hashing,
  deliveries: readonly One[],
  now: Date,
): Promise<readonly One[]> {
  const keys = [...new Set(deliveries.map((one) => one.addressKey))]
  const suppressed = await whichAreSuppressed(tx, tokens, keys)
  if (suppressed.size === 0) return deliveries
  for (const { id, addressKey, lease } of deliveries) {
    const reason = suppressed.get(addressKey)
    if (reason === undefined) continue
    await tx.run(sql`
      UPDATE deliveries SET state = 'cancelled', reason = ${suppressedReason(reason)}, settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL
      WHERE id = ${id} AND state = 'queued' AND lease = ${lease}`)
  }
  return deliveries.filter((one) => !suppressed.has(one.addressKey))
}

/** The stored reason of a delivery that a suppression cancelled. */
export function suppressedReason(reason: SuppressionReason): string {
  return `the address is suppressed: ${reason}`
}

/**
 * Matches by hash and by address, so that suppressions still apply after the secret was changed. An anonymised delivery has the
 * hash in place of its address.
 */
function isOneOf(addressKeys: readonly string[], tokens: Hashing) {
  const hashes = addressKeys.flatMap((key) => hashesOf(tokens, key))
  return sql`(address_hash IN (${joinSql([...hashes, ...addressKeys])}) OR address_key IN (${joinSql(addressKeys)}))`
}

interface SuppressionRow {
  address_hash: string
  address_key: string | null
  reason: SuppressionReason
  created_at: number
  asked_at: number | null
}

function toSuppression(row: SuppressionRow): Suppression {
  return {
    id: row.address_hash,
    addressKey: row.address_key ?? undefined,
    reason: row.reason,
    createdAt: new Date(row.created_at),
    askedAt: row.asked_at === null ? undefined : new Date(row.asked_at),
  }
}
