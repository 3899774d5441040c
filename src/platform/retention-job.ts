import { setImmediate } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import { CoalescedTask } from './coalesced-task.ts'
import { type Log, logError } from './log.ts'

/** Deletes or anonymises what one module need not keep any longer at `now`; begins no further step once the signal is aborted. */
export type Prune = (now: Date, signal: AbortSignal) => Promise<void>

export interface RetentionContext {
  readonly clock: Clock
  readonly log: Log
}

/** Retention is counted in days: looking once an hour is often enough. */
const pauseMs = 3_600_000

/** Lets every module prune its own tables, one after the other, an hour after the last time at the earliest. */
export class RetentionJob {
  readonly #clock: Clock
  readonly #task: CoalescedTask
  #lastAtMs = Number.NEGATIVE_INFINITY

  constructor({ clock, log }: RetentionContext, prunes: readonly Prune[]) {
    const failed = (error: unknown) => logError(log, error, 'what is too old could not be deleted; it is tried again')
    this.#clock = clock
    this.#task = new CoalescedTask(async (signal) => {
      // One that fails must not keep the others from theirs.
      for (const prune of prunes) if (!signal.aborted) await prune(clock.now(), signal).catch(failed)
    }, failed)
  }

  trigger(): void {
    const now = this.#clock.now().getTime()
    // A clock that was put back must not make it wait for long.
    if (Math.abs(now - this.#lastAtMs) < pauseMs) return
    this.#lastAtMs = now
    this.#task.trigger()
  }

  /** Resolves after the step that is under way. */
  stop(): Promise<void> {
    return this.#task.stop()
  }
}

/** Repeats a short step while it says that there may be more. Others have their turn in between. */
export async function pruneInSteps(step: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await step())) await setImmediate()
}
