import type { Queries } from '../database.ts'
import { Sql, sql } from '../sql.ts'
import { named } from './rows.ts'
import type { TableShape } from './tables.ts'

/**
 * The last number that each numbering table gave. Return paths of sent mail hold numbers of deliveries, so a number that was given is not
 * given again after a copy.
 */
export async function readLastNumbers(tx: Queries, tables: readonly TableShape[]): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const table of tables) {
    const last = await readLastNumber(tx, table)
    if (last !== undefined) numbers.set(table.name, last)
  }
  return numbers
}

async function readLastNumber(tx: Queries, { name, numbered, keepsNumbers }: TableShape): Promise<number | undefined> {
  if (numbered === undefined) return undefined
  const highest = await tx.get<{ last: number }>(sql`SELECT coalesce(max(${named(numbered)}), 0) AS last FROM ${named(name)}`)
  if (!keepsNumbers) return highest?.last
  if (tx.engine === 'sqlite') {
    const given = await tx.get<{ seq: number }>(sql`SELECT seq FROM sqlite_sequence WHERE name = ${name}`)
    return Math.max(given?.seq ?? 0, highest?.last ?? 0)
  }
  const sequence = await sequenceOf(tx, name, numbered)
  if (sequence === null) return highest?.last
  const given = await tx.get<{ last_value: number; is_called: boolean }>(sql`SELECT last_value, is_called FROM ${new Sql([sequence], [])}`)
  return Math.max(given?.is_called ? given.last_value : 0, highest?.last ?? 0)
}

/** Makes the tables go on after these numbers. */
export async function writeLastNumbers(tx: Queries, tables: readonly TableShape[], numbers: ReadonlyMap<string, number>): Promise<void> {
  for (const { name, numbered, keepsNumbers } of tables) {
    const last = numbers.get(name)
    if (numbered === undefined || last === undefined) continue
    if (tx.engine === 'sqlite') {
      if (!keepsNumbers || last === 0) continue
      const changed = await tx.run(sql`UPDATE sqlite_sequence SET seq = max(seq, ${last}) WHERE name = ${name}`)
      if (changed === 0) await tx.run(sql`INSERT INTO sqlite_sequence (name, seq) VALUES (${name}, ${last})`)
    } else if ((await sequenceOf(tx, name, numbered)) !== null) {
      await tx.all(sql`SELECT setval(pg_get_serial_sequence(${name}, ${numbered}), ${Math.max(last, 1)}, ${last}::bigint > 0)`)
    }
  }
}

/** With its schema, quoted. Null: the column is not numbered on PostgreSQL. */
async function sequenceOf(tx: Queries, table: string, column: string): Promise<string | null> {
  const row = await tx.get<{ sequence: string | null }>(sql`SELECT pg_get_serial_sequence(${table}, ${column}) AS sequence`)
  return row?.sequence ?? null
}
