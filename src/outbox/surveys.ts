import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logError } from '../platform/log.ts'
import { LruCache } from '../platform/lru-cache.ts'
import type { Counts } from './delivery.ts'
import type { LaterCounts } from './reports.ts'
import { type Survey, surveyMailing } from './survey.ts'

/** An issue with its present counts, which tell whether a survey is still right. */
export interface Surveyed {
  readonly issue: { readonly id: string }
  readonly counts: Counts
  readonly later: LaterCounts
}

interface Entry {
  /** The counts when the survey began: equal counts need no new survey. */
  readonly counts: string
  readonly startedAt: Date
  readonly survey: Promise<Survey | undefined>
  /** The last result, while a newer one is made. */
  latest: Survey | undefined
  isRunning: boolean
}

/** So few deliveries are surveyed while a page waits. */
const atOnce = 5_000
/** A running issue is surveyed again after this time. */
const staleMs = 15_000
/** After this time in any case: a reader may have been erased. */
const keptMs = 600_000
const maxIssues = 50

/**
 * Surveys of issues by receiving domain, reply and reason. They read every delivery, so they are made beside the requests that ask for
 * them, one for each issue at a time, and kept for a while.
 */
export class Surveys {
  readonly #context: { readonly database: Database; readonly clock: Clock; readonly log: Log }
  readonly #entries = new LruCache<string, Entry>(maxIssues)
  readonly #running = new Set<Promise<unknown>>()
  #isStopping = false

  constructor(context: { readonly database: Database; readonly clock: Clock; readonly log: Log }) {
    this.#context = context
  }

  /** What is known now. Waits for a small issue; of a large one the first result may be missing. */
  async known(issue: Surveyed): Promise<{ readonly survey: Survey | undefined; readonly isRunning: boolean }> {
    const isSmall = totalOf(issue) <= atOnce
    const entry = this.#entryOf(issue, isSmall ? 0 : staleMs)
    if (isSmall) await entry.survey.catch(() => undefined)
    return { survey: entry.latest, isRunning: entry.isRunning }
  }

  /** Waits for a survey of the present counts. Undefined if the process stops. */
  async complete(issue: Surveyed): Promise<Survey | undefined> {
    return this.#entryOf(issue, 0).survey
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#running)
  }

  #entryOf(counted: Surveyed, patienceMs: number): Entry {
    const { clock } = this.#context
    const id = counted.issue.id
    const counts = JSON.stringify([counted.counts, counted.later])
    const known = this.#entries.get(id)
    if (known) {
      const ageMs = clock.now().getTime() - known.startedAt.getTime()
      const isFresh = ageMs >= 0 && ageMs < (known.counts === counts ? keptMs : patienceMs)
      const isUsable = known.isRunning || known.latest !== undefined
      if ((isFresh && isUsable) || (known.isRunning && patienceMs > 0)) return known
    }
    const entry = this.#start(id, counts, known?.latest)
    this.#entries.set(id, entry)
    return entry
  }

  #start(id: string, counts: string, latest: Survey | undefined): Entry {
    const { database, clock, log } = this.#context
    const startedAt = clock.now()
    const made = surveyMailing(database, id, startedAt, () => this.#isStopping)
    const survey = made
      .then((result) => {
        entry.latest = result ?? entry.latest
        return result
      })
      .finally(() => {
        entry.isRunning = false
        this.#running.delete(ended)
      })
    const entry: Entry = { counts, startedAt, survey, latest, isRunning: true }
    const ended = survey.catch((error: Error) => logError(log, error, 'could not survey the deliveries of an issue', { issueId: id }))
    this.#running.add(ended)
    return entry
  }
}

function totalOf({ counts }: Surveyed): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
