import type { Queries } from './database.ts'
import { sql } from './sql.ts'

/** Rejects if the database does not answer. */
export async function ping(db: Queries): Promise<void> {
  await db.get(sql`SELECT 1 AS one`)
}
