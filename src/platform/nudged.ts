import { outsideTransactions } from './database/transaction-guard.ts'

/** Work that is done anew each time it is nudged, one run at a time. */
export interface Nudged {
  /** What is nudged while a run is under way is done once more after it. */
  nudge(): void
  /** No new run begins; resolves when the one under way is over. */
  stop(): Promise<void>
}

/**
 * `work` runs at each nudge. What it throws goes to `onFailure`, and the next nudge tries again. A nudge may come from inside a
 * transaction: the run is none of its statements.
 */
export function doWhenNudged(work: () => Promise<void>, onFailure: (error: Error) => void): Nudged {
  let running: Promise<void> | undefined
  let isNudged = false
  let isStopped = false

  async function run(): Promise<void> {
    while (isNudged && !isStopped) {
      isNudged = false
      await work().catch(onFailure)
    }
  }

  return {
    nudge() {
      isNudged = true
      if (isStopped || running) return
      running = outsideTransactions(run).finally(() => {
        running = undefined
      })
    },
    async stop() {
      isStopped = true
      await running
    },
  }
}
