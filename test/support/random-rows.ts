import { randomBytes, randomInt } from 'node:crypto'
import type { Database } from '../../src/platform/database/database.ts'
import { joinSql, Sql, type SqlValue, sql } from '../../src/platform/database/sql.ts'

/** Tries for one row: a check may refuse a combination. */
const maxTries = 400

/** Texts that a copy may spoil. */
const texts = ['', "it's “quoted” \\ and $1", 'two\r\nlines\t', '雪と 😀 é e\u0301', '{"a":[1,null]}', '0', 'NULL', '\u{10ffff}']

/** The last instant of ECMAScript, in milliseconds. */
const latestTime = 8_640_000_000_000_000

interface Column {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly pk: number
}

/**
 * Writes up to `count` rows of random values into every table of a database file, in the order of `tables`. Keeps to what its checks allow,
 * and refers to rows that exist. Throws for a table that it cannot fill.
 */
export async function fillAtRandom(database: Database, tables: readonly { readonly name: string }[], count: number): Promise<void> {
  for (const { name } of tables) {
    await database.run(new Sql([`DELETE FROM ${name}`], []))
    let filled = 0
    const isSingle = (await scriptOf(database, name)).includes('CHECK (id = 1)')
    while (filled < (isSingle ? 1 : count)) {
      await insertOne(database, name)
      filled++
    }
  }
}

async function insertOne(database: Database, table: string): Promise<void> {
  const columns = await database.all<Column>(sql`SELECT name, type, "notnull", pk FROM pragma_table_info(${table})`)
  const parents = await database.all<{ table: string; from: string; to: string }>(
    sql`SELECT "table", "from", "to" FROM pragma_foreign_key_list(${table})`,
  )
  const script = await scriptOf(database, table)
  let last: unknown
  for (let tries = 0; tries < maxTries; tries++) {
    const values: SqlValue[] = []
    for (const column of columns) {
      const parent = parents.find(({ from }) => from === column.name)
      if (column.notnull === 0 && column.pk === 0 && randomInt(3) === 0) values.push(null)
      else if (parent) values.push(await anyOf(database, parent.table, parent.to))
      else values.push(randomValue(column, script))
    }
    try {
      const names = columns.map(({ name }) => new Sql([`"${name}"`], []))
      await database.run(sql`INSERT INTO ${new Sql([table], [])} (${joinSql(names)}) VALUES (${joinSql(values)})`)
      return
    } catch (error) {
      last = error
    }
  }
  throw new Error(`no row of ${table} was accepted`, { cause: last })
}

function randomValue({ name, type }: Column, script: string): SqlValue {
  const allowed = new RegExp(`\\b${name} IN \\(([^)]*)\\)`).exec(script)?.[1]
  if (allowed !== undefined) {
    const one = allowed.split(',')[randomInt(allowed.split(',').length)]?.trim() ?? ''
    return one.startsWith("'") ? one.slice(1, -1) : Number(one)
  }
  if (new RegExp(`\\b${name} = 1\\)`).test(script)) return 1
  if (type === 'BLOB') return randomBytes(randomInt(2_000))
  if (type === 'INTEGER') return [0, 1, -1, randomInt(1_000_000), Date.now(), latestTime - randomInt(1_000)][randomInt(6)] ?? 0
  return `${texts[randomInt(texts.length)]}${randomInt(2) === 0 ? randomBytes(6).toString('hex') : ''}`
}

async function anyOf(database: Database, table: string, column: string): Promise<SqlValue> {
  const row = await database.get<{ value: SqlValue }>(
    new Sql([`SELECT "${column || 'id'}" AS value FROM "${table}" ORDER BY random() LIMIT 1`], []),
  )
  if (!row) throw new Error(`${table} is empty`)
  return row.value
}

async function scriptOf(database: Database, table: string): Promise<string> {
  const row = await database.get<{ script: string }>(sql`SELECT sql AS script FROM sqlite_schema WHERE name = ${table}`)
  return row?.script ?? ''
}
