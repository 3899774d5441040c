import { hash } from 'node:crypto'
import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'
import type { ColumnDecision, RememberedColumn } from './decisions.ts'
import { fieldCalled, mapNameOf } from './fields.ts'

/** What earlier imports said about the columns of exactly this header row. */
export async function readRememberedColumns(db: Queries, header: readonly string[]): Promise<RememberedColumn[]> {
  const rows = await db.all<{ at: number; field: string }>(
    sql`SELECT position AS at, field FROM import_columns WHERE header = ${headerKey(header)} ORDER BY position`,
  )
  return rows.flatMap(({ at, field: name }) => {
    const field = fieldCalled(name)
    return field ? [{ at, field }] : []
  })
}

/** Stores what was mapped. An ignored column is not remembered: a "no" is never left out without being asked. */
export async function rememberColumns(
  db: Queries,
  header: readonly string[],
  decisions: readonly ColumnDecision[],
  now: Date,
): Promise<void> {
  for (const { at, field, isRemembered } of decisions) {
    if (field === null || isRemembered) continue
    await db.run(sql`
      INSERT INTO import_columns (header, position, field, decided_at)
      VALUES (${headerKey(header)}, ${at}, ${mapNameOf(field)}, ${now.getTime()})
      ON CONFLICT (header, position) DO UPDATE SET field = excluded.field, decided_at = excluded.decided_at`)
  }
}

/** A header may have 64 KB. */
function headerKey(header: readonly string[]): string {
  return hash('sha256', JSON.stringify(header), 'base64url')
}
