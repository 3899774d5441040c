import { AsyncLocalStorage } from 'node:async_hooks'
import { outsideRequests } from '../request-id.ts'
import type { Database, Queries } from './database.ts'
import type { Sql } from './sql.ts'

/** A transaction in progress, as seen by the call chain inside it. */
interface OpenTransaction {
  readonly database: Database
  /** False once the work settles. Calls that the work started and did not await may use the handle from then on. */
  isOpen: boolean
  /** The transaction on another database in which this one was opened. */
  readonly outer: OpenTransaction | undefined
}

/** AsyncLocalStorage follows the call chain through promises, timers and events. */
const openTransactions = new AsyncLocalStorage<OpenTransaction | undefined>()

/** Enough to find the statement in the code. It shows no values, because they are bound. */
const maxWordsShown = 60

/**
 * Rejects use of the handle by a call chain inside its own transaction. SQLite would wait for itself forever, and PostgreSQL would run
 * the statement outside the transaction. Other call chains wait as usual. `lock` is allowed because it has its own connection.
 */
export function guardTransactions(database: Database): Database {
  const refuse = (used: Sql | string) => (isInside(database) ? Promise.reject(new Error(refusalOf(used))) : undefined)
  return {
    ...database,
    all: <Row extends object>(query: Sql) => refuse(query) ?? database.all<Row>(query),
    get: <Row extends object>(query: Sql) => refuse(query) ?? database.get<Row>(query),
    run: (query) => refuse(query) ?? database.run(query),
    insertAll: (into, rows, after) => refuse(into) ?? database.insertAll(into, rows, after),
    transaction: (work) => refuse('transaction()') ?? database.transaction((tx) => runInside(database, work, tx)),
    commit: (work) => refuse('commit()') ?? database.commit((tx) => runInside(database, work, tx)),
    probe: () => refuse('probe()') ?? database.probe(),
    close: () => refuse('close()') ?? database.close(),
  }
}

/**
 * Runs `work` as a separate call chain. Background tasks use it so that they do not inherit the transaction and the request of their caller.
 * The caller must not await the task inside its transaction.
 */
export function outsideTransactions<Result>(work: () => Result): Result {
  return openTransactions.run(undefined, () => outsideRequests(work))
}

async function runInside<Result>(database: Database, work: (tx: Queries) => Promise<Result>, tx: Queries): Promise<Result> {
  const own: OpenTransaction = { database, isOpen: true, outer: firstOpen(openTransactions.getStore()) }
  try {
    return await openTransactions.run(own, work, tx)
  } finally {
    own.isOpen = false
  }
}

function isInside(database: Database): boolean {
  for (let open = firstOpen(openTransactions.getStore()); open; open = firstOpen(open.outer)) {
    if (open.database === database) return true
  }
  return false
}

/** Skips finished transactions, so that a task that never ends does not retain a chain of them. */
function firstOpen(transaction: OpenTransaction | undefined): OpenTransaction | undefined {
  let open = transaction
  while (open && !open.isOpen) open = open.outer
  return open
}

function refusalOf(used: Sql | string): string {
  const words = typeof used === 'string' ? used : firstWordsOf(used)
  return `${words}: the database handle is used inside its own open transaction; use the tx that transaction() hands in`
}

function firstWordsOf(query: Sql): string {
  const text = query.compile('numbered').text.trim().replace(/\s+/g, ' ')
  return text.length > maxWordsShown ? `${text.slice(0, maxWordsShown)}…` : text
}
