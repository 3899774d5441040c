import type { Queries } from '../platform/database/database.ts'
import { maskAddress, type TextColumn } from '../platform/database/mask-text.ts'
import { sql } from '../platform/database/sql.ts'

/** What may quote a reader's address by mistake. `operators.email` stays: operators are not readers. */
const columns: readonly TextColumn[] = [
  { table: sql`audit_log`, column: sql`subject` },
  { table: sql`audit_log`, column: sql`details` },
  { table: sql`api_tokens`, column: sql`name` },
]

/** Removes a reader's address from the audit log and from names of tokens. Returns the number of changed rows. */
export function maskInOperators(tx: Queries, address: string): Promise<number> {
  return maskAddress(tx, address, columns)
}
