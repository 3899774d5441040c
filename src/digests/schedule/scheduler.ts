import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logError } from '../../platform/log.ts'
import type { DigestsContext } from '../context.ts'
import { runDue } from './run-due.ts'

export interface Scheduler extends Pick<CoalescedTask, 'trigger' | 'stop'> {
  /** Why what is due may not be done in time; undefined where it is. */
  fault(): string | undefined
}

/** It is triggered every few seconds, and a run that freezes an audience of a million takes minutes. */
const stuckMs = 30 * 60_000

/** Runs what is due, each time it is triggered. */
export function startScheduler(context: DigestsContext): Scheduler {
  let runningSince: Date | undefined
  let hasRun = false
  let failure: string | undefined
  const task = new CoalescedTask(
    async () => {
      runningSince = context.clock.now()
      try {
        await runDue(context)
        hasRun = true
        failure = undefined
      } finally {
        runningSince = undefined
      }
    },
    (error) => {
      failure = error.message
      logError(context.log, error, 'what is due could not be done; it is tried again')
    },
  )
  return {
    trigger: () => task.trigger(),
    stop: () => task.stop(),
    fault() {
      if (runningSince && context.clock.now().getTime() - runningSince.getTime() > stuckMs)
        return `has been at one run since ${runningSince.toISOString()}`
      if (failure !== undefined) return `could not do what is due: ${failure}`
      return hasRun ? undefined : 'has not run yet'
    },
  }
}
