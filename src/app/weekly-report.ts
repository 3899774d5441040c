import type { DigestsContext } from '../digests/context.ts'
import { sendWeeklyReport } from '../digests/notices/weekly-report.ts'
import type { Readership } from '../feeds/readership.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import { logWarning } from '../platform/log.ts'

/** A report may be minutes late. */
const everyMs = 5 * 60_000

/** Mails the weekly report when it is due. */
export function startWeeklyReport(
  context: DigestsContext,
  readership: Pick<Readership, 'claimed'>,
): Pick<CoalescedTask, 'trigger' | 'settled' | 'stop'> {
  const feedReaders = async () => (await readership.claimed()).reduce((sum, { readers }) => sum + readers, 0)
  let lastAtMs = Number.NEGATIVE_INFINITY
  const task = new CoalescedTask(
    async () => void (await sendWeeklyReport(context, feedReaders)),
    (error) => logWarning(context.log, error, 'the weekly report could not be sent; will retry'),
  )
  return {
    trigger() {
      const now = context.clock.now().getTime()
      // Absolute difference: a clock that was set back must not delay the report.
      if (Math.abs(now - lastAtMs) < everyMs) return
      lastAtMs = now
      task.trigger()
    },
    settled: () => task.settled(),
    stop: () => task.stop(),
  }
}
