import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { App } from '../app/rest.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import type { Clock } from '../platform/clock.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import { type Log, logError } from '../platform/log.ts'

/** Why this process cannot do its work, as `part: reason`. Asking costs nothing: the answer is from the last check. */
export interface Readiness {
  problems(): readonly string[]
  /** Checks again, unless a check is running. */
  check(): void
  stop(): Promise<void>
}

export interface ReadinessContext {
  readonly app: Pick<App, 'database' | 'publication' | 'sender'>
  /** Undefined until it was started; `none` where another process follows the schedules. */
  readonly scheduler: () => Scheduler | 'none' | undefined
  readonly clock: Clock
  readonly log: Log
}

/** The check writes to the database. A process manager asks every few seconds, and anybody may ask as often as they like. */
const checkEveryMs = 10_000
/** A check this old says nothing. A long transaction, such as a batch of an import, may delay one. */
const staleMs = 60_000

/** Checks database and content in the background. Logs a problem when it begins. */
export function startReadiness({ app, scheduler, clock, log }: ReadinessContext): Readiness {
  let found: readonly string[] = ['database: has not been checked yet']
  let logged: readonly string[] = []
  let begunAt = clock.now()
  let isRunning = false

  function problems(): string[] {
    const isStuck = isRunning && clock.now().getTime() - begunAt.getTime() > staleMs
    const storage = isStuck ? [`database: does not answer since ${begunAt.toISOString()}`] : found
    // Known from any request, before the next check.
    const away = app.database.isAway?.() && !storage.some((one) => one.startsWith('database:')) ? ['database: cannot be reached'] : []
    return [...storage, ...away, ...ownProblems(app, scheduler())]
  }

  const task = new CoalescedTask(
    async () => {
      begunAt = clock.now()
      isRunning = true
      found = await storageProblems(app)
      isRunning = false
    },
    (error) => logError(log, error, 'the check of readiness failed'),
  )

  function check(): void {
    const current = problems()
    for (const problem of current) if (!logged.includes(problem)) log.warn(`not ready: ${problem}`)
    logged = current
    // One at a time: a database that does not answer must not collect checks.
    if (!isRunning) task.trigger()
  }

  task.trigger()
  const stopTicks = clock.every(checkEveryMs, check)
  return {
    problems,
    check,
    async stop() {
      stopTicks()
      await task.stop()
    },
  }
}

/**
 * Why this process cannot do its work, as `part: reason`; empty when it is ready. A mistake in `publication.yaml` does not count:
 * the last good version stays in use.
 */
export async function readinessProblems(app: ReadinessContext['app'], scheduler: Scheduler | 'none' | undefined): Promise<string[]> {
  return [...(await storageProblems(app)), ...ownProblems(app, scheduler)]
}

async function storageProblems({ database, publication }: ReadinessContext['app']): Promise<string[]> {
  const { contentFolder, articlesFolder } = publication.current()
  const found = await Promise.all([
    database.probe().then(
      () => undefined,
      (error: Error) => `database: cannot be written and read: ${error.message || 'unknown'}`,
    ),
    ...[...new Set([contentFolder, articlesFolder])].map((folder) =>
      access(folder, constants.R_OK).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => `content: ${folder} cannot be read (${error.code})`,
      ),
    ),
  ])
  return found.filter((problem) => problem !== undefined)
}

/** What is known without a check. */
function ownProblems({ sender }: ReadinessContext['app'], scheduler: Scheduler | 'none' | undefined): string[] {
  const schedulerFault = scheduler === 'none' ? undefined : scheduler ? scheduler.fault() : 'has not run yet'
  const senderFault = sender.fault()
  return [
    ...(schedulerFault === undefined ? [] : [`scheduler: ${schedulerFault}`]),
    ...(senderFault === undefined ? [] : [`sender: ${senderFault}`]),
  ]
}
