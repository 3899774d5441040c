import { AsyncLocalStorage } from 'node:async_hooks'
import type { Database, Queries } from './database.ts'
import type { Sql } from './sql.ts'

/** A transaction whose work is under way, as the call chain that does this work sees it. */
interface OpenTransaction {
  readonly database: Database
  /** False once the work is settled: what it started and did not wait for may use the handle from then on. */
  isOpen: boolean
  /** The transaction on another database, within which this one was opened. */
  readonly outer: OpenTransaction | undefined
}

/** Told apart by call chain: it goes along with promises, timers and events. */
const openTransactions = new AsyncLocalStorage<OpenTransaction | undefined>()

/** Long enough to find a statement by. Values are bound, so the text shows none of them. */
const maxWordsShown = 60

/**
 * Refuses a use of the handle by a call chain that is inside its own transaction on it: on SQLite it would wait for itself for ever, on
 * PostgreSQL it would neither see nor join the transaction. Other call chains wait as before. `lock` is allowed, because it has a
 * connection of its own.
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
    close: () => refuse('close()') ?? database.close(),
  }
}

/**
 * Starts `work` as a call chain of its own, for whatever triggers a background task: a caller that is inside a transaction must not
 * lend it to the task. The task runs beside the transaction, so the caller must not wait for it there.
 */
export function outsideTransactions<Result>(work: () => Result): Result {
  return openTransactions.run(undefined, work)
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

/** Finished ones are passed over, so that a task that never ends keeps no chain of them. */
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
