import { logError } from '../platform/log.ts'
import { keepRetention } from './retention.ts'
import type { SubscribersRoom } from './room.ts'

/** Retention is counted in days: looking once an hour is often enough. */
const pauseMs = 3_600_000

/** Takes away what is too old, an hour after the last time at the earliest, whenever it is nudged. */
export interface Keeping {
  nudge(): void
  /** Ends after the step that is under way. */
  stop(): Promise<void>
}

export function startKeeping(room: SubscribersRoom): Keeping {
  let running: Promise<void> | undefined
  let isStopped = false
  let last = Number.NEGATIVE_INFINITY

  return {
    nudge() {
      const now = room.clock.now().getTime()
      if (isStopped || running || Math.abs(now - last) < pauseMs) return
      last = now
      running = keepRetention(room, () => isStopped)
        .catch((error: Error) => logError(room.log, error, 'what is too old could not be taken away; it is tried again'))
        .finally(() => {
          running = undefined
        })
    },
    async stop() {
      isStopped = true
      await running
    },
  }
}
