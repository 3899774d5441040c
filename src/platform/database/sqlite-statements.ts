import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LruCache } from '../lru-cache.ts'
import type { Queries } from './database.ts'
import { type Bound, joinSql, type Sql, type SqlValue, sql } from './sql.ts'

/** The application has about a hundred statement texts. Caching bulk texts as well brings no benefit. */
const maxStatements = 300

/** Statements on one SQLite connection, each prepared once. They do not queue and do not open transactions. */
export class SqliteStatements implements Queries {
  readonly engine = 'sqlite'
  readonly #connection: DatabaseSync
  readonly #prepared = new LruCache<string, StatementSync>(maxStatements)

  constructor(connection: DatabaseSync) {
    this.#connection = connection
  }

  async all<Row extends object>(query: Sql): Promise<Row[]> {
    const { text, values } = query.compile('positional')
    return this.#prepare(text)
      .all(...bindable(text, values))
      .map((row) => ({ ...row })) as Row[]
  }

  async get<Row extends object>(query: Sql): Promise<Row | undefined> {
    return (await this.all<Row>(query))[0]
  }

  async run(query: Sql): Promise<number> {
    const { text, values } = query.compile('positional')
    return Number(this.#prepare(text).run(...bindable(text, values)).changes)
  }

  /** Runs one prepared statement per row: a single statement of many rows takes 50 % longer. */
  async insertAll(into: Sql, rows: readonly (readonly SqlValue[])[], after: Sql = sql``): Promise<number> {
    const [first] = rows
    if (!first) return 0
    const { text } = sql`${into} VALUES (${joinSql(first)}) ${after}`.compile('positional')
    const statement = this.#prepare(text)
    let written = 0
    for (const row of rows) written += Number(statement.run(...bindable(text, row)).changes)
    return written
  }

  #prepare(text: string): StatementSync {
    let statement = this.#prepared.get(text)
    if (!statement) {
      statement = this.#connection.prepare(text)
      this.#prepared.set(text, statement)
    }
    return statement
  }
}

/** Rejects NaN, Infinity, Date, arrays and `undefined`, which the driver would store as NULL. */
function bindable(text: string, values: readonly Bound[]): readonly SqlValue[] {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    const isFit =
      value === null ||
      typeof value === 'string' ||
      typeof value === 'bigint' ||
      value instanceof Uint8Array ||
      (typeof value === 'number' && Number.isFinite(value))
    if (!isFit)
      throw new TypeError(`value $${index + 1} of a statement cannot be stored: ${describe(value)} in ${text.trim().slice(0, 80)}`)
  }
  return values as readonly SqlValue[]
}

function describe(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)
}
