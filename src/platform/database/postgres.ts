import pg from 'pg'
import type { Database, Queries } from './database.ts'
import { asAway, DatabaseAway } from './database-away.ts'
import { acquireLock } from './postgres-lock.ts'
import { rewriteRow } from './probe.ts'
import { joinSql, Sql, type SqlValue, sql } from './sql.ts'

/** Where PostgreSQL is. */
export interface PostgresAddress {
  /** `postgres://…` */
  readonly url: string
  /** For locks, which last as long as their session. Default: `url`. */
  readonly directUrl?: string | undefined
}

/** Enough for the web and one sender. A server allows 100 connections by default. */
const maxConnections = 10

/** Rows share the cost of parsing and of the round trip. One by one, a statement of so many rows also binds fewer than 65,535 values. */
const rowsPerStatement = 1_000

/** One retry usually resolves a deadlock. More deadlocks point to a wrong lock order. */
const maxTries = 5

/** How long a caller waits for a connection, such as to a server that does not answer. */
const connectMs = 15_000

/** Parses bigint (20) and numeric (1700, the sum() of bigint) as numbers: instants and counts stay far below 2⁵³. */
const types = new pg.TypeOverrides()
types.setTypeParser(20, toSafeNumber)
types.setTypeParser(1700, toSafeNumber)

function toSafeNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Error(`integer out of range: ${text}`)
  return value
}

/**
 * Opens a pool. `onError` gets errors of idle connections; the pool replaces such connections. Calls reject with DatabaseAway while the
 * server cannot be reached. They work again once it can, without a new pool.
 */
export function openPostgres({ url, directUrl = url }: PostgresAddress, onError: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    types,
    application_name: 'broadsheet',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  pool.on('error', onError)
  // A new connection has no listener of the pool for a moment. An error without a listener would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  let isAway = false

  /** Notes whether a try to connect succeeds. */
  async function noted<Result>(connecting: Promise<Result>): Promise<Result> {
    try {
      const result = await connecting
      isAway = false
      return result
    } catch (error) {
      const reason = asAway(error)
      isAway = reason instanceof DatabaseAway
      throw reason
    }
  }

  async function withClient<Result>(work: (client: pg.PoolClient, isBroken: (error: Error) => void) => Promise<Result>): Promise<Result> {
    const client = await noted(pool.connect())
    let broken: Error | undefined
    const noteBroken = (error: Error) => {
      broken ??= error
    }
    client.on('error', noteBroken)
    try {
      return await work(client, noteBroken)
    } catch (error) {
      throw asAway(error)
    } finally {
      client.off('error', noteBroken)
      client.release(broken)
    }
  }

  const database: Database = {
    ...queriesBy((statement) => withClient((client) => client.query(statement.compile('numbered')))),
    insertAll: (into, rows, after) => database.transaction((tx) => tx.insertAll(into, rows, after)),
    async transaction(work) {
      for (let tries = 1; ; tries++) {
        try {
          return await withClient((client, isBroken) => transactOnce(client, work, isBroken))
        } catch (error) {
          if (tries >= maxTries || !isCollision(error)) throw error
        }
      }
    },
    // PostgreSQL answers COMMIT once it is durable.
    commit: async (work) => ({ result: await database.transaction(work), onDisk: Promise.resolve() }),
    lock: (name) => noted(acquireLock(directUrl, name, onError)),
    probe: () => database.transaction(rewriteRow),
    isAway: () => isAway,
    close: () => pool.end(),
  }
  return database
}

async function transactOnce<Result>(
  client: pg.PoolClient,
  work: (tx: Queries) => Promise<Result>,
  isBroken: (error: Error) => void,
): Promise<Result> {
  try {
    await client.query('BEGIN')
    const result = await work(queriesBy((statement) => client.query(statement.compile('numbered'))))
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(isBroken)
    throw error
  }
}

/** deadlock_detected and serialization_failure: the transaction can run again. */
function isCollision(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === '40P01' || code === '40001'
}

function queriesBy(query: (statement: Sql) => Promise<pg.QueryResult>): Queries {
  return {
    engine: 'postgres',
    async all<Row extends object>(statement: Sql) {
      return (await query(statement)).rows as Row[]
    },
    async get<Row extends object>(statement: Sql) {
      return (await query(statement)).rows[0] as Row | undefined
    },
    async run(statement) {
      return (await query(statement)).rowCount ?? 0
    },
    async insertAll(into, rows, after = sql``) {
      let written = 0
      for (let start = 0; start < rows.length; start += rowsPerStatement) {
        written += (await query(sql`${into} ${rowsToInsert(rows.slice(start, start + rowsPerStatement))} ${after}`)).rowCount ?? 0
      }
      return written
    },
  }
}

/**
 * Rows as one array for each column: a statement with a parameter for each value takes a fifth longer, because the server parses them.
 * Every integer of the schema is a BIGINT.
 */
function rowsToInsert(rows: readonly (readonly SqlValue[])[]): Sql {
  const columns = (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? null))
  if (columns.some((column) => column.some((value) => value instanceof Uint8Array))) {
    return sql`VALUES ${joinSql(rows.map((row) => sql`(${joinSql(row)})`))}`
  }
  const arrays = columns.map((column) => {
    const first = column.find((value) => value !== null)
    return first === undefined ? undefined : typeof first === 'string' ? sql`${column}::text[]` : sql`${column}::bigint[]`
  })
  const given = arrays.filter((array) => array !== undefined)
  // A row of nulls alone has nothing to be counted by.
  if (given.length === 0) return sql`VALUES ${joinSql(rows.map((row) => sql`(${joinSql(row)})`))}`
  let number = 0
  const selected = arrays.map((array) => (array === undefined ? 'NULL' : `c${++number}`)).join(', ')
  const names = given.map((_, index) => `c${index + 1}`).join(', ')
  return sql`SELECT ${new Sql([selected], [])} FROM unnest(${joinSql(given)}) AS rows (${new Sql([names], [])})`
}
