import type { Queries } from './database.ts'
import { sql } from './sql.ts'

/** Writes one row of the table that every database has, without a change of its value. */
export async function rewriteRow(tx: Queries): Promise<void> {
  await tx.run(sql`UPDATE migrations SET checksum = checksum WHERE name = (SELECT min(name) FROM migrations)`)
}
