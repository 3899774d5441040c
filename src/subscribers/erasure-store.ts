import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'
import type { Erasure } from './erased-file.ts'

export interface KnownAddress {
  readonly id: string
  readonly addressKey: string
  readonly createdAt: Date
}

/** One page of all subscribers, in the order of their ids. `after` is the last id of the previous page; '' before the first. */
export async function listAddresses(db: Queries, after: string, limit: number): Promise<KnownAddress[]> {
  const rows = await db.all<{ id: string; address_key: string; created_at: number }>(
    sql`SELECT id, address_key, created_at FROM subscribers WHERE id > ${after} ORDER BY id LIMIT ${limit}`,
  )
  return rows.map((row) => ({ id: row.id, addressKey: row.address_key, createdAt: new Date(row.created_at) }))
}

/** Keeps the latest time of each. */
export async function insertErasures(tx: Queries, erasures: readonly Erasure[]): Promise<void> {
  // PostgreSQL refuses a statement that writes the same row twice.
  const latest = new Map<string, number>()
  for (const { addressHash, at } of erasures) latest.set(addressHash, Math.max(at.getTime(), latest.get(addressHash) ?? 0))
  await tx.insertAll(
    sql`INSERT INTO erasures (address_hash, erased_at)`,
    [...latest],
    sql`ON CONFLICT (address_hash) DO UPDATE SET erased_at = excluded.erased_at WHERE excluded.erased_at > erasures.erased_at`,
  )
}

export async function selectErasures(db: Queries): Promise<Erasure[]> {
  const rows = await db.all<{ address_hash: string; erased_at: number }>(sql`SELECT address_hash, erased_at FROM erasures`)
  return rows.map((row) => ({ addressHash: row.address_hash, at: new Date(row.erased_at) }))
}
