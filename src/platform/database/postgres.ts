import pg from 'pg'
import type { Database, Queries } from './database.ts'
import { asAway, DatabaseAway } from './database-away.ts'
import { acquireLock } from './postgres-lock.ts'
import { rewriteRow } from './probe.ts'
import { joinSql, type Sql, sql } from './sql.ts'

/** Where PostgreSQL is. */
export interface PostgresAddress {
  /** `postgres://…` */
  readonly url: string
  /** For locks, which last as long as their session. Default: `url`. */
  readonly directUrl?: string | undefined
}

/** Enough for the web and one sender. A server allows 100 connections by default. */
const maxConnections = 10

/** A statement binds at most 65,535 values. More rows share the cost of parsing and of the round trip. */
const rowsPerStatement = 500

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
        const values = rows.slice(start, start + rowsPerStatement).map((row) => sql`(${joinSql(row)})`)
        written += (await query(sql`${into} VALUES ${joinSql(values)} ${after}`)).rowCount ?? 0
      }
      return written
    },
  }
}
