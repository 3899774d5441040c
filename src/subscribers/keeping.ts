import { CoalescedTask } from '../platform/coalesced-task.ts'
import { logError } from '../platform/log.ts'
import { keepRetention } from './retention.ts'
import type { SubscribersRoom } from './room.ts'

/** Retention is counted in days: looking once an hour is often enough. */
const pauseMs = 3_600_000

/** Takes away what is too old, an hour after the last time at the earliest, whenever it is triggered. */
export interface Keeping {
  trigger(): void
  /** Ends after the step that is under way. */
  stop(): Promise<void>
}

export function startKeeping(room: SubscribersRoom): Keeping {
  const task = new CoalescedTask(
    (signal) => keepRetention(room, () => signal.aborted),
    (error) => logError(room.log, error, 'what is too old could not be taken away; it is tried again'),
  )
  let last = Number.NEGATIVE_INFINITY

  return {
    trigger() {
      const now = room.clock.now().getTime()
      if (Math.abs(now - last) < pauseMs) return
      last = now
      task.trigger()
    },
    stop: () => task.stop(),
  }
}
