import type { Queries } from '../../platform/database/database.ts'
import { maskAddress } from '../../platform/database/mask-text.ts'
import { joinSql, type SqlValue, sql } from '../../platform/database/sql.ts'
import type { SubscriptionState } from '../subscriber.ts'

/** Keys per statement. With more, parsing slows SQLite down; for PostgreSQL, each statement costs a round trip. */
const keysPerStatement = { sqlite: 100, postgres: 500 }

export interface HeldSubscriber {
  readonly id: string
  readonly addressKey: string
  readonly name: string
  readonly language: string
}

export interface HeldSubscription {
  readonly id: string
  readonly subscriberId: string
  readonly digest: string
  readonly state: SubscriptionState
  readonly unsubscribedAt: Date | undefined
}

export async function readHeldSubscribers(db: Queries, addressKeys: readonly string[]): Promise<HeldSubscriber[]> {
  const found: HeldSubscriber[] = []
  for (const some of inParts(addressKeys, keysPerStatement[db.engine])) {
    const rows = await db.all<{ id: string; address_key: string; name: string; language: string }>(
      sql`SELECT id, address_key, name, language FROM subscribers WHERE address_key IN (${joinSql(some)})`,
    )
    for (const { address_key, ...row } of rows) found.push({ ...row, addressKey: address_key })
  }
  return found
}

export async function readHeldSubscriptions(db: Queries, subscriberIds: readonly string[]): Promise<HeldSubscription[]> {
  const found: HeldSubscription[] = []
  for (const some of inParts(subscriberIds, keysPerStatement[db.engine])) {
    const rows = await db.all<{
      id: string
      subscriber_id: string
      digest: string
      state: SubscriptionState
      unsubscribed_at: number | null
    }>(sql`SELECT id, subscriber_id, digest, state, unsubscribed_at FROM subscriptions WHERE subscriber_id IN (${joinSql(some)})`)
    for (const { subscriber_id, unsubscribed_at, ...row } of rows)
      found.push({ ...row, subscriberId: subscriber_id, unsubscribedAt: unsubscribed_at === null ? undefined : new Date(unsubscribed_at) })
  }
  return found
}

export interface NewSubscriber extends HeldSubscriber {
  readonly email: string
  readonly topics: readonly string[]
  readonly pausedUntil: Date | undefined
}

/** Returns the number of inserted rows. It is lower than given if another process inserted one first. */
export async function insertSubscribers(tx: Queries, subscribers: readonly NewSubscriber[], now: Date): Promise<number> {
  const at = now.getTime()
  return tx.insertAll(
    sql`INSERT INTO subscribers (id, email, address_key, name, topics, language, paused_until, created_at, updated_at)`,
    subscribers.map((one) => {
      const topics = one.topics.length === 0 ? '[]' : JSON.stringify(one.topics)
      return [one.id, one.email, one.addressKey, one.name, topics, one.language, one.pausedUntil?.getTime() ?? null, at, at]
    }),
    sql`ON CONFLICT (address_key) DO NOTHING`,
  )
}

export interface NewSubscription extends HeldSubscription {
  readonly requestedAt: Date
  readonly confirmedAt: Date | undefined
  readonly source: string
}

/** Imported subscriptions have no confirmation link. A later request sets its own nonce. */
const noNonce = 'imported'

/** Returns the number of inserted rows, as for subscribers. */
export async function insertSubscriptions(tx: Queries, subscriptions: readonly NewSubscription[], now: Date): Promise<number> {
  return tx.insertAll(
    sql`INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, confirmed_at, unsubscribed_at,
      wished_name, wished_topics, source)`,
    subscriptions.map((one): SqlValue[] => [
      one.id,
      one.subscriberId,
      one.digest,
      one.state,
      noNonce,
      one.requestedAt.getTime(),
      now.getTime(),
      one.confirmedAt?.getTime() ?? null,
      one.unsubscribedAt?.getTime() ?? null,
      '',
      '[]',
      one.source,
    ]),
    sql`ON CONFLICT (subscriber_id, digest) DO NOTHING`,
  )
}

/** Confirms a pending subscription, unless its reader ever unsubscribed. */
export async function confirmImported(tx: Queries, id: string, confirmedAt: Date): Promise<void> {
  await tx.run(sql`
    UPDATE subscriptions SET state = 'confirmed', confirmed_at = ${confirmedAt.getTime()}, nonce = ${noNonce}
    WHERE id = ${id} AND state = 'pending' AND unsubscribed_at IS NULL`)
}

export async function fillBlanks(tx: Queries, id: string, name: string, language: string, now: Date): Promise<void> {
  await tx.run(sql`
    UPDATE subscribers SET name = CASE WHEN name = '' THEN ${name} ELSE name END,
      language = CASE WHEN language = '' THEN ${language} ELSE language END, updated_at = ${now.getTime()}
    WHERE id = ${id}`)
}

export interface ImportRecord {
  readonly id: string
  /** Hash of the first rows and of how they are read. It identifies an interrupted import. */
  readonly key: string
  readonly rowsRead: number
  readonly rowsHash: string
  readonly taken: number
  readonly updated: number
  readonly refused: number
}

interface ImportRow {
  id: string
  key: string
  rows_read: number
  rows_hash: string
  taken: number
  updated: number
  refused: number
}

export async function readInterruptedImport(db: Queries, key: string): Promise<ImportRecord | undefined> {
  const row = await db.get<ImportRow>(sql`
    SELECT id, key, rows_read, rows_hash, taken, updated, refused FROM imports
    WHERE key = ${key} AND finished_at IS NULL ORDER BY started_at DESC, id DESC LIMIT 1`)
  return (
    row && {
      id: row.id,
      key,
      rowsRead: row.rows_read,
      rowsHash: row.rows_hash,
      taken: row.taken,
      updated: row.updated,
      refused: row.refused,
    }
  )
}

export interface ImportTerms {
  readonly format: string
  readonly basis: string
  readonly digests: readonly string[]
}

export async function writeImport(tx: Queries, one: ImportRecord, terms: ImportTerms, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO imports (id, key, format, basis, digests, rows_read, rows_hash, taken, updated, refused, started_at)
    VALUES (${one.id}, ${one.key}, ${terms.format}, ${terms.basis}, ${JSON.stringify(terms.digests)}, ${one.rowsRead}, ${one.rowsHash},
      ${one.taken}, ${one.updated}, ${one.refused}, ${now.getTime()})
    ON CONFLICT (id) DO UPDATE SET rows_read = excluded.rows_read, rows_hash = excluded.rows_hash, taken = excluded.taken,
      updated = excluded.updated, refused = excluded.refused`)
}

export async function finishImport(tx: Queries, id: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE imports SET finished_at = ${now.getTime()} WHERE id = ${id}`)
}

/** PostgreSQL updates its statistics after a minute. Until then, it would plan as if a new large list were short. */
export async function analyzeTables(db: Queries): Promise<void> {
  if (db.engine === 'postgres') await db.run(sql`ANALYZE subscribers, subscriptions, consents`)
}

/** A row that was not imported, or only in part. */
export interface Remark {
  readonly row: number
  readonly email: string
  readonly reason: string
}

export async function insertRemarks(tx: Queries, importId: string, remarks: readonly Remark[]): Promise<void> {
  await tx.insertAll(
    sql`INSERT INTO import_remarks (import_id, row_number, email, reason)`,
    remarks.map((one) => [importId, one.row, one.email, one.reason]),
  )
}

export async function readRemarks(db: Queries, importId: string, afterRow: number, limit: number): Promise<Remark[]> {
  return db.all<{ row: number; email: string; reason: string }>(sql`
    SELECT row_number AS row, email, reason FROM import_remarks
    WHERE import_id = ${importId} AND row_number > ${afterRow} ORDER BY row_number LIMIT ${limit}`)
}

export async function deleteRemarks(tx: Queries, importId: string): Promise<void> {
  await tx.run(sql`DELETE FROM import_remarks WHERE import_id = ${importId}`)
}

/** Removes an erased address from remarks. Returns the number of changed rows. */
export async function maskInRemarks(tx: Queries, address: string): Promise<number> {
  return maskAddress(tx, address, [
    { table: sql`import_remarks`, column: sql`email` },
    { table: sql`import_remarks`, column: sql`reason` },
    { table: sql`imports`, column: sql`key` },
    { table: sql`import_columns`, column: sql`header` },
    { table: sql`import_uploads`, column: sql`file_name` },
    { table: sql`import_uploads`, column: sql`decisions` },
    { table: sql`import_uploads`, column: sql`remarks` },
    { table: sql`import_uploads`, column: sql`reason` },
  ])
}

/** Deletes remarks, which contain addresses. The remarks of an interrupted import stay for 30 days, so that it can continue. */
export async function pruneRemarks(tx: Queries, before: Date): Promise<void> {
  await tx.run(sql`
    DELETE FROM import_remarks WHERE import_id IN (
      SELECT id FROM imports WHERE coalesce(finished_at, started_at + ${30 * 86_400_000}) <= ${before.getTime()})`)
}

function inParts(keys: readonly string[], size: number): string[][] {
  const parts: string[][] = []
  for (let start = 0; start < keys.length; start += size) parts.push(keys.slice(start, start + size))
  return parts
}
