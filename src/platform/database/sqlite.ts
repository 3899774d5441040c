import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database, Lock, Queries } from './database.ts'
import { keepOnDisk } from './disk.ts'
import { joinSql, type Sql, type SqlValue, sql } from './sql.ts'

/** How long a statement waits for another process (the command line beside the server) before it gives up. */
const patienceMs = 15_000
/** Between two tries; the event loop is free meanwhile, which SQLite's own busy timeout would not leave it. */
const retryMs = 5
/** Prepared statements kept: the rooms have about a hundred texts; a text made of many rows is not worth more. */
const maxStatements = 300

/**
 * Opens a database file (or `:memory:`) in WAL mode, every commit on disk before it is reported.
 * One connection: statements run one at a time, and none enters another's transaction.
 *
 * SQLite itself syncs the log only where its order matters, before and after a checkpoint (`synchronous = NORMAL`). With FULL it would do
 * so within each COMMIT, and every request would wait with it; here the log is synced on the thread pool, once for all commits that wait.
 * The next transaction need not: the log is replayed in order, so that it is never on disk without the one before.
 */
export function openSqlite(file: string): Database {
  const connection = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true })
  connection.exec('PRAGMA journal_mode = WAL')
  connection.exec('PRAGMA synchronous = NORMAL')
  connection.exec('PRAGMA busy_timeout = 0')
  const statements = new Map<string, StatementSync>()

  function prepare(text: string): StatementSync {
    let statement = statements.get(text)
    if (!statement) {
      if (statements.size >= maxStatements) statements.delete(statements.keys().next().value as string)
      statement = connection.prepare(text)
      statements.set(text, statement)
    }
    return statement
  }

  const queries: Queries = {
    engine: 'sqlite',
    async all<Row extends object>(query: Sql) {
      const { text, values } = query.compile('positional')
      return prepare(text)
        .all(...bindable(text, values))
        .map((row) => ({ ...row })) as Row[]
    },
    async get<Row extends object>(query: Sql) {
      return (await queries.all<Row>(query))[0]
    },
    async run(query) {
      const { text, values } = query.compile('positional')
      return Number(prepare(text).run(...bindable(text, values)).changes)
    },
    // One prepared statement, row by row: a statement of many rows takes half as long again.
    async insertAll(into, rows, after = sql``) {
      const [first] = rows
      if (!first) return 0
      const { text } = sql`${into} VALUES (${joinSql(first)}) ${after}`.compile('positional')
      const statement = prepare(text)
      let written = 0
      for (const row of rows) written += Number(statement.run(...bindable(text, row)).changes)
      return written
    },
  }

  let isTurnTaken = false
  function takeTurn(): void {
    isTurnTaken = true
    setImmediate(() => {
      isTurnTaken = false
    })
  }
  /** What waits here would follow one upon the other without a turn of the event loop in between: a long queue would hold up every request. */
  async function letOthersIn(): Promise<void> {
    if (isTurnTaken) await nextTurn()
    takeTurn()
  }

  let last: Promise<unknown> = Promise.resolve()
  let closed = false
  /** Runs `work` when all that came before it is done. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (closed) return Promise.reject(new Error('the database is closed'))
    const turn = last.then(letOthersIn).then(work)
    last = turn.catch(() => undefined)
    return turn
  }

  const disk = file === ':memory:' ? undefined : keepOnDisk(`${file}-wal`)
  function inTransaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
    return inTurn(async () => {
      await patiently(async () => connection.exec('BEGIN IMMEDIATE'))
      try {
        const result = await work(queries)
        await patiently(async () => connection.exec('COMMIT'))
        return result
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK')
        throw error
      }
    })
  }

  async function onDisk<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    await disk?.reached()
    return result
  }
  /** One statement, which may write: also one that answers with rows. */
  function statement<Result>(query: Sql, ask: (query: Sql) => Promise<Result>): Promise<Result> {
    const done = inTurn(() => patiently(() => ask(query)))
    return query.isSelect ? done : onDisk(done)
  }

  const database: Database = {
    engine: 'sqlite',
    all: <Row extends object>(query: Sql) => statement(query, queries.all<Row>),
    get: <Row extends object>(query: Sql) => statement(query, queries.get<Row>),
    run: (query) => statement(query, queries.run),
    insertAll: (into, rows, after) => database.transaction((tx) => tx.insertAll(into, rows, after)),
    transaction: (work) => onDisk(inTransaction(work)),
    async commit(work) {
      const result = await inTransaction(work)
      return { result, onDisk: disk?.reached() ?? Promise.resolve() }
    },
    async lock(name) {
      return lockFile(`${file}.${name}.lock`)
    },
    async close() {
      if (closed) return
      const idle = last
      closed = true
      await idle
      // Before the connection, which takes the log away with it.
      await disk?.close()
      connection.close()
    },
  }
  return database
}

/**
 * An exclusive transaction on a file of its own. SQLite holds it by a lock of the operating system, which goes when
 * the process does, also by kill -9; a lease in a table would have to run out first.
 */
function lockFile(file: string): Lock | undefined {
  const connection = new DatabaseSync(file, { timeout: 0 })
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return { isHeld: () => connection.isOpen, release: async () => connection.close() }
}

/** The driver stores NaN, Infinity, a Date or `undefined` as NULL without a word: refuse them instead. */
function bindable(text: string, values: readonly SqlValue[]): readonly SqlValue[] {
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
  return values
}

function describe(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)
}

async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let waitedMs = 0; ; waitedMs += retryMs) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || waitedMs >= patienceMs) throw error
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

/** SQLITE_BUSY (5) and its extended codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 5
}
