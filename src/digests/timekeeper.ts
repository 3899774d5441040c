import { runDue } from './due.ts'
import type { DigestsRoom } from './room.ts'

/** Runs what is due, one run at a time, each time it is nudged. */
export interface Timekeeper {
  nudge(): void
  /** No new run begins; resolves when the last one is over. */
  stop(): Promise<void>
}

export function startTimekeeper(room: DigestsRoom): Timekeeper {
  let running: Promise<void> | undefined
  let isNudged = false
  let isStopped = false

  async function run(): Promise<void> {
    while (isNudged && !isStopped) {
      isNudged = false
      await runDue(room).catch((error: Error) =>
        room.log.error({ reason: error.message }, 'what is due could not be done; it is tried again'),
      )
    }
  }

  return {
    nudge() {
      isNudged = true
      if (isStopped || running) return
      running = run().finally(() => {
        running = undefined
      })
    },
    async stop() {
      isStopped = true
      await running
    },
  }
}
