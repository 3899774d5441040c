import type { Queries } from './database.ts'
import { sql } from './sql.ts'

/**
 * Writes one row of the table that every database has, and leaves its value as it was. SQLite writes nothing for an update that changes
 * nothing, so the row is changed first.
 */
export async function rewriteRow(tx: Queries): Promise<void> {
  const row = await tx.get<{ name: string; checksum: string }>(sql`SELECT name, checksum FROM migrations ORDER BY name LIMIT 1`)
  if (!row) return
  for (const checksum of [`${row.checksum} `, row.checksum])
    await tx.run(sql`UPDATE migrations SET checksum = ${checksum} WHERE name = ${row.name}`)
}
