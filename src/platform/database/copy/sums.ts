import { hash } from 'node:crypto'
import type { Queries } from '../database.ts'
import type { SqlValue } from '../sql.ts'
import { readRows } from './rows.ts'
import type { TableShape } from './tables.ts'

/** What two copies of a table have in common. */
export interface TableSum {
  readonly rows: number
  /** The sum of the SHA-256 of all rows, modulo 2²⁵⁶, in hex. It does not depend on their order. */
  readonly hash: string
}

const modulus = 1n << 256n

/** Reads all rows of these tables. On PostgreSQL inside a transaction only. Throws between two batches once `signal` is aborted. */
export async function sumTables(tx: Queries, tables: readonly TableShape[], signal?: AbortSignal): Promise<Map<string, TableSum>> {
  const sums = new Map<string, TableSum>()
  for (const table of tables) {
    let rows = 0
    let sum = 0n
    for await (const batch of readRows(tx, table)) {
      signal?.throwIfAborted()
      rows += batch.rows.length
      for (const row of batch.rows) sum = (sum + BigInt(`0x${hash('sha256', textOf(row), 'hex')}`)) % modulus
    }
    sums.set(table.name, { rows, hash: sum.toString(16).padStart(64, '0') })
  }
  return sums
}

/** Throws an error that names the tables whose copies differ. */
export function compareSums(original: ReadonlyMap<string, TableSum>, copy: ReadonlyMap<string, TableSum>): void {
  const differing = [...original].filter(([name, one]) => copy.get(name)?.rows !== one.rows || copy.get(name)?.hash !== one.hash)
  if (differing.length === 0) return
  const told = differing.map(([name, { rows }]) => `${name} (${rows} rows, and ${copy.get(name)?.rows ?? 0} in the copy)`)
  throw new Error(`the copy differs from the original: ${told.join(', ')}`)
}

/** One text for each row: no two rows with different values have the same one. */
function textOf(row: readonly SqlValue[]): string {
  return JSON.stringify(row.map((value) => (value instanceof Uint8Array ? [Buffer.from(value).toString('base64')] : value)))
}
