import pg from 'pg'
import type { Database, Queries } from './database.ts'
import { lockNumber } from './lock-number.ts'
import { rewriteRow } from './probe.ts'
import { joinSql, type Sql, sql } from './sql.ts'

/** Enough for the web and one sender. A server allows 100 connections by default. */
const maxConnections = 10

/** A statement binds at most 65,535 values. More rows share the cost of parsing and of the round trip. */
const rowsPerStatement = 500

/** One retry usually resolves a deadlock. More deadlocks point to a wrong lock order. */
const maxTries = 5

/** Parses bigint (20) and numeric (1700, the sum() of bigint) as numbers: instants and counts stay far below 2⁵³. */
const types = new pg.TypeOverrides()
types.setTypeParser(20, toSafeNumber)
types.setTypeParser(1700, toSafeNumber)

function toSafeNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Error(`integer out of range: ${text}`)
  return value
}

/** Opens a pool on `url` (`postgres://…`). `onError` gets errors of idle connections; the pool replaces such connections. */
export function openPostgres(url: string, onError: (error: Error) => void): Database {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections, types, application_name: 'broadsheet' })
  pool.on('error', onError)
  const queries = queriesOn(pool)
  const database: Database = {
    ...queries,
    insertAll: (into, rows, after) => database.transaction((tx) => tx.insertAll(into, rows, after)),
    async transaction(work) {
      for (let tries = 1; ; tries++) {
        try {
          return await transactOnce(pool, work)
        } catch (error) {
          if (tries >= maxTries || !isCollision(error)) throw error
        }
      }
    },
    // PostgreSQL answers COMMIT once it is durable.
    commit: async (work) => ({ result: await database.transaction(work), onDisk: Promise.resolve() }),
    async lock(name) {
      // An advisory lock ends with its session, so it needs its own connection.
      const client = new pg.Client({ connectionString: url, application_name: `broadsheet ${name}` })
      let isHeld = true
      client.on('error', (error) => {
        isHeld = false
        onError(error)
      })
      client.on('end', () => {
        isHeld = false
      })
      await client.connect()
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS acquired', [lockNumber(name)])
      if (rows[0].acquired) return { isHeld: () => isHeld, release: () => client.end() }
      await client.end()
      return undefined
    },
    probe: () => database.transaction(rewriteRow),
    close: () => pool.end(),
  }
  return database
}

async function transactOnce<Result>(pool: pg.Pool, work: (tx: Queries) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(queriesOn(client))
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** deadlock_detected and serialization_failure: the transaction can run again. */
function isCollision(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === '40P01' || code === '40001'
}

function queriesOn(client: pg.Pool | pg.PoolClient): Queries {
  async function query(statement: Sql) {
    return client.query(statement.compile('numbered'))
  }
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
