import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Database, Lock, Queries } from './database.ts'
import { noteId } from './database-id.ts'
import { type Disk, openLogSync } from './disk.ts'
import { keepPrivate } from './private-file.ts'
import { rewriteRow } from './probe.ts'
import type { Sql } from './sql.ts'
import { SqliteStatements } from './sqlite-statements.ts'
import { noteIfNew } from './vacuum.ts'
import { WorkQueue } from './work-queue.ts'

/** How long a statement waits for another process (such as a command beside the server) before it fails. */
const busyTimeoutMs = 15_000
/** Delay between two tries. SQLite's own busy timeout would block the event loop instead. */
const retryMs = 5

/**
 * Opens a database file (or `:memory:`) in WAL mode. Every commit is on disk before it is reported.
 * There is one connection: statements run one at a time, and none enters another's transaction.
 *
 * With `synchronous = NORMAL`, SQLite syncs the log only before and after a checkpoint. With FULL, every COMMIT would sync and block all
 * requests. Here the thread pool syncs the log, once for all waiting commits. The next transaction need not wait: the log is replayed in
 * order, so a commit is never on disk without the one before.
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
    emptyLog: () => handle.emptyLog(),
    lock: async (name) => lockFile(`${file}.${name}.lock`),
    probe: () => handle.probe(),
    close: () => handle.close(),
  }
}

/** One connection, the queue of its users, and the disk that commits wait for. */
class SqliteHandle {
  readonly #connection: DatabaseSync
  readonly #statements: SqliteStatements
  readonly #queue = new WorkQueue()
  readonly #disk: Disk | undefined
  readonly #file: string
  /** What a statement said that found the file damaged. */
  #damage: Error | undefined
  #isClosed = false

  constructor(file: string) {
    this.#file = file
    if (file !== ':memory:') keepPrivate(file)
    this.#connection = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true })
    this.#connection.exec('PRAGMA journal_mode = WAL')
    this.#connection.exec('PRAGMA synchronous = NORMAL')
    // Pages: 16 MB of log. A checkpoint syncs on this thread, and one that comes four times as rarely copies pages that changed often once.
    this.#connection.exec('PRAGMA wal_autocheckpoint = 4000')
    // Deleted values are overwritten with zeros, so that an erased address is not found in the file.
    this.#connection.exec('PRAGMA secure_delete = ON')
    noteIfNew(this.#connection)
    if (file !== ':memory:') noteId(file, this.#connection)
    this.#connection.exec('PRAGMA busy_timeout = 0')
    this.#statements = new SqliteStatements(this.#connection)
    this.#disk = file === ':memory:' ? undefined : openLogSync(`${file}-wal`)
  }

  /** Runs one statement outside a transaction. Any statement but SELECT may write, also if it returns rows. */
  async ask<Result>(query: Sql, work: (statements: Queries) => Promise<Result>): Promise<Result> {
    const result = await this.#inTurn(() => retryWhileBusy(() => work(this.#statements)))
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

  async probe(): Promise<void> {
    if (this.#damage) throw this.#damage
    await this.transaction(rewriteRow)
    if (this.#disk) readAllRoots(this.#file)
  }

  /** Tries for a second: a reader in another process, such as a backup, holds the log. The event loop never waits for it. */
  async emptyLog(): Promise<boolean> {
    for (let tries = 0; tries < 20; tries++) {
      const isEmpty = await this.#inTurn(async () => {
        const row = this.#connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
        return row.busy === 0
      })
      if (isEmpty) return true
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return false
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#queue.idle()
    // Closed before the connection, which deletes the log.
    await this.#disk?.close()
    this.#connection.close()
  }

  #transact<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      await retryWhileBusy(async () => this.#connection.exec('BEGIN IMMEDIATE'))
      try {
        const result = await work(this.#statements)
        await retryWhileBusy(async () => this.#connection.exec('COMMIT'))
        return result
      } catch (error) {
        if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
        throw error
      }
    })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new Error('the database is closed'))
    return this.#queue.run(work).catch((error) => {
      if (isDamage(error)) this.#damage ??= error
      throw error
    })
  }
}

/** Reads the first page of every table past the cache of the open connection, which may hide damage of the file. */
function readAllRoots(file: string): void {
  const connection = new DatabaseSync(file, { readOnly: true, timeout: 0 })
  try {
    const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'").all()
    for (const { name } of tables) connection.prepare(`SELECT 1 FROM "${String(name).replaceAll('"', '""')}" LIMIT 1`).get()
  } catch (error) {
    if (!isBusy(error)) throw error
  } finally {
    connection.close()
  }
}

/**
 * An exclusive transaction on a separate file. The operating system releases the lock when the process ends, also after kill -9.
 * A lease in a table would first have to expire.
 */
export function lockFile(file: string): Lock | undefined {
  keepPrivate(file)
  const connection = new DatabaseSync(file, { timeout: 0 })
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    if (isBusy(error)) return undefined
    throw error
  }
  const own = inodeOf(file)
  // A lock on a file that was deleted or replaced keeps nobody out.
  const isHeld = () => connection.isOpen && inodeOf(file) === own
  return { isHeld, release: async () => connection.close() }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino
}

async function retryWhileBusy<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let waitedMs = 0; ; waitedMs += retryMs) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || waitedMs >= busyTimeoutMs) throw error
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

/** SQLITE_BUSY (5). */
function isBusy(error: unknown): boolean {
  return codeOf(error) === 5
}

/** SQLITE_CORRUPT (11) and SQLITE_NOTADB (26). */
function isDamage(error: unknown): boolean {
  return codeOf(error) === 11 || codeOf(error) === 26
}

/** The primary code of an extended one. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
