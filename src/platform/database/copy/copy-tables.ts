import type { Database, Queries } from '../database.ts'
import { joinSql, sql } from '../sql.ts'
import { readLastNumbers, writeLastNumbers } from './numbers.ts'
import { named, readRows } from './rows.ts'
import { compareSums, sumTables, type TableSum } from './sums.ts'
import type { TableShape } from './tables.ts'

/** How far a copy is, kept beside it, so that it goes on after the process was killed. Only with SQLite as the original. */
export interface CopyPlaces {
  /** The last row that was copied; undefined: none, `done`: all. */
  read(table: string): Promise<number | 'done' | undefined>
  /** Called in the transaction that writes the rows. */
  write(tx: Queries, table: string, place: number | 'done'): Promise<void>
}

export interface CopyContext {
  readonly tables: readonly TableShape[]
  readonly places?: CopyPlaces | undefined
  /** Called after each batch with the rows of this run so far. */
  readonly onRows?: ((table: string, rows: number) => void) | undefined
  /** Throws between two batches once it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Copies all rows to a database with the same migrations and none of these rows. `from` is a transaction, so it shows one state.
 * Triggers of the copy run, and make what is derived.
 */
export async function copyTables(from: Queries, to: Database, { tables, places, onRows, signal }: CopyContext): Promise<void> {
  for (const table of tables) {
    signal?.throwIfAborted()
    const place = await places?.read(table.name)
    if (place === 'done') continue
    await copyTable(from, to, table, place, { places, onRows, signal })
    await to.transaction(async (tx) => places?.write(tx, table.name, 'done'))
  }
  const numbers = await readLastNumbers(from, tables)
  await to.transaction((tx) => writeLastNumbers(tx, tables, numbers))
}

async function copyTable(
  from: Queries,
  to: Database,
  table: TableShape,
  place: number | undefined,
  { places, onRows, signal }: Omit<CopyContext, 'tables'>,
): Promise<void> {
  // A migration may have written a first row.
  if (place === undefined) await to.transaction((tx) => tx.run(sql`DELETE FROM ${named(table.name)}`))
  const into = sql`INSERT INTO ${named(table.name)} (${joinSql(table.columns.map(named))})`
  let copied = 0
  try {
    for await (const { rows, last } of readRows(from, table, place)) {
      await to.transaction(async (tx) => {
        await tx.insertAll(into, rows)
        await places?.write(tx, table.name, last)
      })
      signal?.throwIfAborted()
      copied += rows.length
      onRows?.(table.name, copied)
    }
  } catch (error) {
    throw new Error(`${table.name}: ${(error as Error).message}`, { cause: error })
  }
}

/** Reads original and copy again, and throws where they differ. Returns what they have in common. */
export async function verifyCopy(
  from: Queries,
  to: Database,
  tables: readonly TableShape[],
  signal?: AbortSignal,
): Promise<Map<string, TableSum>> {
  const [original, copy] = [await sumTables(from, tables, signal), await to.transaction((tx) => sumTables(tx, tables, signal))]
  compareSums(original, copy)
  return original
}
