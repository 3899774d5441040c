import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

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
