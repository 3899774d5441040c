import type { Queries } from './database.ts'
import { lockNumber } from './lock-number.ts'
import { sql } from './sql.ts'

/** Those of the named locks that some process holds. Empty on SQLite, where nobody else can be asked. */
export async function heldLocks(db: Queries, names: readonly string[]): Promise<Set<string>> {
  if (db.engine === 'sqlite') return new Set()
  // The number of an advisory lock stands in two halves, and it may be beyond a safe integer.
  const rows = await db.all<{ number: string }>(sql`
    SELECT ((classid::bigint << 32) | objid::bigint)::text AS number FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
  const held = new Set(rows.map(({ number }) => number))
  return new Set(names.filter((name) => held.has(lockNumber(name))))
}
