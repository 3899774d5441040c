import { DatabaseSync } from 'node:sqlite'
import type { Database, Lock, Queries } from './database.ts'
import { type Disk, openLogSync } from './disk.ts'
import type { Sql } from './sql.ts'
import { SqliteStatements } from './sqlite-statements.ts'
import { WorkQueue } from './work-queue.ts'

/** How long a statement waits for another process (the command line beside the server) before it gives up. */
const patienceMs = 15_000
/** Between two tries; the event loop is free meanwhile, which SQLite's own busy timeout would not leave it. */
const retryMs = 5

/**
 * Opens a database file (or `:memory:`) in WAL mode, every commit on disk before it is reported.
 * One connection: statements run one at a time, and none enters another's transaction.
 *
 * SQLite itself syncs the log only where its order matters, before and after a checkpoint (`synchronous = NORMAL`). With FULL it would do
 * so within each COMMIT, and every request would wait with it; here the log is synced on the thread pool, once for all commits that wait.
 * The next transaction need not: the log is replayed in order, so that it is never on disk without the one before.
 */
export function openSqlite(file: string): Database {
  const handle = new SqliteHandle(file)
  return {
    engine: 'sqlite',
    all: <Row extends object>(query: Sql) => handle.ask(query, (statements) => statements.all<Row>(query)),
    get: <Row extends object>(query: Sql) => handle.ask(query, (statements) => statements.get<Row>(query)),
    run: (query) => handle.ask(query, (statements) => statements.run(query)),
    insertAll: (into, rows, after) => handle.transaction((tx) => tx.insertAll(into, rows, after)),
    transaction: (work) => handle.transaction(work),
    commit: (work) => handle.commit(work),
    lock: async (name) => lockFile(`${file}.${name}.lock`),
    close: () => handle.close(),
  }
}

/** One connection, the queue of those who want it, and the disk that commits wait for. */
class SqliteHandle {
  readonly #connection: DatabaseSync
  readonly #statements: SqliteStatements
  readonly #queue = new WorkQueue()
  readonly #disk: Disk | undefined
  #isClosed = false

  constructor(file: string) {
    this.#connection = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true })
    this.#connection.exec('PRAGMA journal_mode = WAL')
    this.#connection.exec('PRAGMA synchronous = NORMAL')
    this.#connection.exec('PRAGMA busy_timeout = 0')
    this.#statements = new SqliteStatements(this.#connection)
    this.#disk = file === ':memory:' ? undefined : openLogSync(`${file}-wal`)
  }

  /** One statement outside a transaction. It may write even where it answers with rows, unless it is a SELECT. */
  async ask<Result>(query: Sql, work: (statements: Queries) => Promise<Result>): Promise<Result> {
    const result = await this.#inTurn(() => patiently(() => work(this.#statements)))
    if (!query.isSelect) await this.#disk?.reached()
    return result
  }

  async transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
    const result = await this.#transact(work)
    await this.#disk?.reached()
    return result
  }

  async commit<Result>(work: (tx: Queries) => Promise<Result>): Promise<{ result: Result; onDisk: Promise<void> }> {
    const result = await this.#transact(work)
    return { result, onDisk: this.#disk?.reached() ?? Promise.resolve() }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#queue.idle()
    // Before the connection, which takes the log away with it.
    await this.#disk?.close()
    this.#connection.close()
  }

  #transact<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      await patiently(async () => this.#connection.exec('BEGIN IMMEDIATE'))
      try {
        const result = await work(this.#statements)
        await patiently(async () => this.#connection.exec('COMMIT'))
        return result
      } catch (error) {
        if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
        throw error
      }
    })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new Error('the database is closed'))
    return this.#queue.run(work)
  }
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
