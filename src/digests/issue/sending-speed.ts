import type { DigestsContext } from '../context.ts'
import { latestFinishedIssues } from './issues.ts'

/** Smaller issues say nothing about the speed. */
const leastSent = 50
const issuesLookedAt = 5

/**
 * Seconds that an issue to `readers` takes, from the fastest of the last issues, and at most `perSecond` messages a second. Undefined where
 * neither is known.
 */
export async function secondsToSend(context: DigestsContext, readers: number, perSecond: number | undefined): Promise<number | undefined> {
  const finished = await latestFinishedIssues(context, issuesLookedAt)
  const speeds = finished.flatMap(({ issue, counts: { sent } }) => {
    const tookMs = (issue.finishedAt?.getTime() ?? 0) - issue.createdAt.getTime()
    return sent >= leastSent && tookMs > 0 ? [(sent * 1000) / tookMs] : []
  })
  const limits = [...(speeds.length > 0 ? [Math.max(...speeds)] : []), ...(perSecond === undefined ? [] : [perSecond])]
  return limits.length === 0 ? undefined : readers / Math.min(...limits)
}
