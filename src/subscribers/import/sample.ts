import type { Table, TableRow } from './table.ts'

/** The check of the columns looks at this many rows. */
export const sampleRows = 1_000
/** Characters. Huge cells end the sample early, so that memory stays bounded. */
const maxSampleLength = 16_000_000

/** The first rows of a table, and the table with all of its rows. */
export async function sampleTable(table: Table): Promise<{ readonly sample: readonly TableRow[]; readonly table: Table }> {
  const rows = table.rows[Symbol.asyncIterator]()
  const read: TableRow[] = []
  let length = 0
  while (read.length < sampleRows && length < maxSampleLength) {
    const next = await rows.next()
    if (next.done) break
    for (const row of next.value) {
      read.push(row)
      for (const cell of row.cells) length += cell.length
    }
  }
  async function* all(): AsyncGenerator<readonly TableRow[]> {
    // Emptied, so that the sample is not kept in memory during a long import.
    if (read.length > 0) yield read.splice(0)
    yield* { [Symbol.asyncIterator]: () => rows }
  }
  return { sample: read.slice(0, sampleRows), table: { ...table, rows: all() } }
}

/** How often each value occurs in a column. The empty value is counted too. */
export function countValues(sample: readonly TableRow[], at: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { cells } of sample) {
    const value = (cells[at] ?? '').trim().slice(0, 100)
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
}
