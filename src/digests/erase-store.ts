import type { Queries } from '../platform/database/database.ts'
import { maskAddress, type TextColumn } from '../platform/database/mask-text.ts'
import { sql } from '../platform/database/sql.ts'

/** Messages to the operator and reasons, which may quote a server's reply, and links that may hold an address. */
const columns: readonly TextColumn[] = [
  { table: sql`notices`, column: sql`cause` },
  { table: sql`notices`, column: sql`subject` },
  { table: sql`notices`, column: sql`paragraphs` },
  { table: sql`issues`, column: sql`pause_reason` },
  { table: sql`issues`, column: sql`held_for` },
  { table: sql`issues`, column: sql`trouble` },
  { table: sql`digests`, column: sql`trouble` },
  { table: sql`slots`, column: sql`reason` },
  { table: sql`ledger`, column: sql`reason` },
  { table: sql`measured_links`, column: sql`url` },
]

/** Removes an address from what this module stores. Returns the number of changed rows. */
export function maskInDigests(tx: Queries, address: string): Promise<number> {
  return maskAddress(tx, address, columns)
}
