import type { Queries } from '../platform/database/database.ts'
import { maskAddress } from '../platform/database/mask-text.ts'
import { sql } from '../platform/database/sql.ts'

/** Removes an address from the answers of other servers. Returns the number of changed rows. */
export function maskInCalls(tx: Queries, address: string): Promise<number> {
  return maskAddress(tx, address, [{ table: sql`calls`, column: sql`reason` }])
}
