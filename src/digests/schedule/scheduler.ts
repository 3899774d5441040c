import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logError } from '../../platform/log.ts'
import type { DigestsContext } from '../context.ts'
import { runDue } from './run-due.ts'

export interface Scheduler extends Pick<CoalescedTask, 'trigger' | 'stop'> {
  /** Why due work may be late; undefined if all is well. A predicate that follows "scheduler". */
  fault(): string | undefined
  /** When a run last ended without a failure. */
  lastRunAt(): Date | undefined
}

/** A run this long is stuck: freezing an audience of a million takes minutes. */
const stuckMs = 30 * 60_000

/** Runs due work each time it is triggered. */
export function startScheduler(context: DigestsContext): Scheduler {
  let runningSince: Date | undefined
  let lastRunAt: Date | undefined
  let failure: string | undefined
  const task = new CoalescedTask(
    async () => {
      runningSince = context.clock.now()
      try {
        await runDue(context)
        lastRunAt = context.clock.now()
        failure = undefined
      } finally {
        runningSince = undefined
      }
    },
    (error) => {
      failure = error.message
      logError(context.log, error, 'due work failed; it is retried')
    },
  )
  return {
    trigger: () => task.trigger(),
    stop: () => task.stop(),
    lastRunAt: () => lastRunAt,
    fault() {
      if (runningSince && context.clock.now().getTime() - runningSince.getTime() > stuckMs)
        return `is stuck in a run since ${runningSince.toISOString()}`
      if (failure !== undefined) return `due work failed: ${failure}`
      return lastRunAt ? undefined : 'has not run yet'
    },
  }
}
