import { type FeedReaderCountsContext, recordFeedReaders } from '../feeds/reader-counts.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import { logWarning } from '../platform/log.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { recordReaders } from '../subscribers/reader-counts.ts'

/** A day keeps its last count, so the exact time does not matter. A count of a million readers takes a second or two. */
const everyMs = 10 * 60_000

/** Counts readers by mail and by feed for the charts of the desk, at most every ten minutes. */
export function startDailyCounts(
  context: SubscribersContext,
  readership: FeedReaderCountsContext['readership'],
): Pick<CoalescedTask, 'trigger' | 'settled' | 'stop'> {
  const { database, clock, log } = context
  let lastAtMs = Number.NEGATIVE_INFINITY
  const failed = (error: unknown) => logWarning(log, error, 'could not count readers; will retry')
  const task = new CoalescedTask(async (signal) => {
    await recordReaders(context, signal).catch(failed)
    if (!signal.aborted) await recordFeedReaders({ database, clock, readership }).catch(failed)
  }, failed)
  return {
    trigger() {
      const now = clock.now().getTime()
      // Absolute difference: a clock that was set back must not delay the next count.
      if (Math.abs(now - lastAtMs) < everyMs) return
      lastAtMs = now
      task.trigger()
    },
    settled: () => task.settled(),
    stop: () => task.stop(),
  }
}
