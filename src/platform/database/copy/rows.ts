import type { Queries } from '../database.ts'
import { joinSql, Sql, type SqlValue, sql } from '../sql.ts'
import type { TableShape } from './tables.ts'

export interface RowBatch {
  /** The values in the order of the columns. */
  readonly rows: readonly (readonly SqlValue[])[]
  /** Where the next batch begins. On SQLite only; 0 on PostgreSQL. */
  readonly last: number
}

/** Most rows of one batch. */
const maxRows = 1_000
/** Few at first: how large they are is not known. Pictures and uploaded parts have up to megabytes each. */
const firstRows = { plain: 50, blobs: 2 }
/** A batch holds about this much. */
const aimedBytes = 4 * 1024 * 1024

/** SQLite numbers rows from 1, but an explicit number may be lower. */
export const beforeFirstRow = Number.MIN_SAFE_INTEGER

/** A table's or column's name as part of a statement. Only of names that migrations made. */
export function named(name: string): Sql {
  if (!/^[a-z_][a-z\d_]*$/.test(name)) throw new Error(`not a name of ours: ${name}`)
  return new Sql([`"${name}"`], [])
}

/**
 * All rows of a table, in batches of bounded size. On SQLite in the order of their row ids, from after `after`. On PostgreSQL by a cursor,
 * so inside a transaction only, in any order.
 */
export async function* readRows(tx: Queries, table: TableShape, after = beforeFirstRow): AsyncGenerator<RowBatch> {
  const columns = joinSql(table.columns.map(named))
  const hasCursor = tx.engine === 'postgres'
  if (hasCursor) await tx.run(sql`DECLARE copied_rows NO SCROLL CURSOR FOR SELECT ${columns} FROM ${named(table.name)}`)
  let limit = table.hasBlobs ? firstRows.blobs : firstRows.plain
  for (let last = after; ; ) {
    const found = hasCursor
      ? await tx.all<Record<string, SqlValue>>(new Sql([`FETCH FORWARD ${limit} FROM copied_rows`], []))
      : await tx.all<Record<string, SqlValue>>(
          sql`SELECT rowid AS copied_row, ${columns} FROM ${named(table.name)} WHERE rowid > ${last} ORDER BY rowid LIMIT ${limit}`,
        )
    if (found.length === 0) break
    if (!hasCursor) last = Number(found.at(-1)?.copied_row)
    const rows = found.map((row) => table.columns.map((column) => normal(row[column] ?? null)))
    yield { rows, last: hasCursor ? 0 : last }
    limit = nextLimit(rows, table)
  }
  if (hasCursor) await tx.run(sql`CLOSE copied_rows`)
}

/** The same value of both engines. PostgreSQL stores no NUL in a text. */
function normal(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value
}

/** By the largest row of the last batch, and not much more at once: the next rows may be larger. */
function nextLimit(rows: RowBatch['rows'], { hasBlobs }: TableShape): number {
  const largest = Math.max(1, ...rows.map((row) => row.reduce((sum: number, value) => sum + sizeOf(value), 0)))
  const most = hasBlobs ? firstRows.blobs * 4 : maxRows
  return Math.max(1, Math.min(most, rows.length * 4, Math.floor(aimedBytes / largest)))
}

function sizeOf(value: SqlValue): number {
  if (typeof value === 'string') return value.length
  return value instanceof Uint8Array ? value.byteLength : 8
}
