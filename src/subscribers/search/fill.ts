import { setTimeout } from 'node:timers/promises'
import { CoalescedTask } from '../../platform/coalesced-task.ts'
import type { Database } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import { countGrowth } from '../growth/growth-store.ts'
import { estimateSearchWaiting, indexOlder, indexWaiting, mergeSearchIndex, prepareTrigrams, readSearchFill } from './search-store.ts'

/** A step on SQLite blocks the event loop for about ten milliseconds. On PostgreSQL, each statement costs a round trip. */
const rowsPerStep = { sqlite: 100, postgres: 1_000 }
/** Between two steps on SQLite, other requests have the database for themselves. */
const pauseMs = { sqlite: 15, postgres: 0 }
/** More new subscribers than this between two looks mean that an import is running. It is not slowed down. */
const importGrowth = 500
const stepsPerLook = 20

/** Writes one step of the search index. True if there may be more. A crash between two steps loses nothing. */
export async function fillSearchStep(database: Database): Promise<boolean> {
  const limit = rowsPerStep[database.engine]
  const before = await readSearchFill(database)
  if (before.isDone && (await estimateSearchWaiting(database)) === 0) return false
  const isMore = await database.transaction(async (tx) => {
    const waiting = await indexWaiting(tx, limit)
    if (waiting > 0) return true
    const { isDone, lastId } = await readSearchFill(tx)
    return !isDone && (await indexOlder(tx, lastId, limit)) === limit
  })
  await mergeSearchIndex(database)
  return isMore
}

/** Fills the index to the end. For tests and for commands that wait. */
export async function fillSearch(database: Database): Promise<void> {
  await prepareTrigrams(database)
  while (await fillSearchStep(database)) {}
}

/** Fills the search index and the counts of growth in the background, in short steps that a restart resumes. */
export class ReaderIndexJob {
  readonly #database: Database
  readonly #log: Log
  readonly #task: CoalescedTask
  #isPrepared = false
  #waitingBefore = 0

  constructor({ database, log }: { readonly database: Database; readonly log: Log }) {
    this.#database = database
    this.#log = log
    this.#task = new CoalescedTask(
      (signal) => this.#run(signal),
      (error) => logError(log, error, 'the search index could not be filled; will retry'),
    )
  }

  trigger(): void {
    this.#task.trigger()
  }

  /** Resolves after the current step. */
  stop(): Promise<void> {
    return this.#task.stop()
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (!this.#isPrepared) await this.#prepare()
    const isImporting = await this.#isImporting()
    while (!signal.aborted && (await countGrowth(this.#database)) && !isImporting) await setTimeout(pauseMs[this.#database.engine])
    if (isImporting) return
    for (let steps = 1; !signal.aborted && (await fillSearchStep(this.#database)); steps++) {
      if (steps % stepsPerLook === 0 && (await this.#isImporting())) return
      await setTimeout(pauseMs[this.#database.engine])
    }
  }

  async #prepare(): Promise<void> {
    const error = await prepareTrigrams(this.#database)
    if (error) this.#log.warn({ err: error }, 'pg_trgm could not be created: the search finds beginnings of addresses only')
    this.#isPrepared = true
  }

  async #isImporting(): Promise<boolean> {
    const waiting = await estimateSearchWaiting(this.#database)
    const isGrowing = waiting - this.#waitingBefore > importGrowth
    this.#waitingBefore = waiting
    return isGrowing
  }
}
