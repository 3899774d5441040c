import { setImmediate } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import { CoalescedTask } from './coalesced-task.ts'
import { type Log, logError } from './log.ts'

/** Deletes or anonymises expired data of one module. Must not begin another step once the signal is aborted. */
export type Prune = (now: Date, signal: AbortSignal) => Promise<void>

export interface RetentionContext {
  readonly clock: Clock
  readonly log: Log
}

/** Retention is counted in days, so an hourly check is enough. */
const pauseMs = 3_600_000

/** Runs the prune function of every module in turn, at most once an hour. */
export class RetentionJob {
  readonly #clock: Clock
  readonly #task: CoalescedTask
  #lastAtMs = Number.NEGATIVE_INFINITY

  constructor({ clock, log }: RetentionContext, prunes: readonly Prune[]) {
    const failed = (error: unknown) => logError(log, error, 'expired data could not be deleted; will retry')
    this.#clock = clock
    this.#task = new CoalescedTask(async (signal) => {
      // A failure of one module must not stop the others.
      for (const prune of prunes) if (!signal.aborted) await prune(clock.now(), signal).catch(failed)
    }, failed)
  }

  trigger(): void {
    const now = this.#clock.now().getTime()
    // Absolute difference: a clock that was set back must not delay the next run.
    if (Math.abs(now - this.#lastAtMs) < pauseMs) return
    this.#lastAtMs = now
    this.#task.trigger()
  }

  /** Resolves after the current step. */
  stop(): Promise<void> {
    return this.#task.stop()
  }
}

/** Repeats a short step while it returns true, and yields to the event loop in between. */
export async function pruneInSteps(step: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await step())) await setImmediate()
}
