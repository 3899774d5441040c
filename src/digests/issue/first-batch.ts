import { readCounts } from '../../outbox/delivery-queries.ts'
import { isUntried } from '../../outbox/mailing-state.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue } from './issue.ts'
import { pauseIssue } from './issue-actions.ts'
import { passFirstBatch } from './issue-store.ts'

/** The batch passes with this share sent, and fails when more than the rest was refused. Deliveries still queued count as neither. */
const enoughShare = 0.9

/** How many more deliveries may be enqueued now; Infinity without a first batch. */
export async function placesLeftInFirstBatch(context: DigestsContext, issue: Issue): Promise<number> {
  if (issue.firstBatch === undefined) return Number.POSITIVE_INFINITY
  const { audience } = await batchOf(context, issue)
  return Math.max(0, issue.firstBatch - audience)
}

/** Passes the first batch or pauses the issue, once every delivery of the batch was tried. */
export async function reviewFirstBatch(context: DigestsContext, issue: Issue): Promise<'passed' | 'paused' | 'waiting'> {
  if (await isUntried(context.database, issue.id)) return 'waiting'
  const { audience, went, refused } = await batchOf(context, issue)
  if (went >= audience * enoughShare) {
    await passFirstBatch(context.database, issue.id)
    context.log.info({ issueId: issue.id, audience, went }, 'first batch passed: sending to the rest')
    return 'passed'
  }
  if (refused <= audience * (1 - enoughShare)) return 'waiting'
  const reason = `${refused} of the first ${audience} readers did not get it: check the failed deliveries, then resume or cancel the issue`
  await pauseIssue(context, issue.id, { reason })
  return 'paused'
}

async function batchOf(context: DigestsContext, issue: Issue): Promise<{ audience: number; went: number; refused: number }> {
  const counts = (await readCounts(context.database, [issue.id])).get(issue.id)
  const { queued = 0, handing_over = 0, sent = 0, failed = 0, cancelled = 0, uncertain = 0 } = counts ?? {}
  const went = sent + cancelled
  const refused = failed + uncertain
  return { audience: queued + handing_over + went + refused, went, refused }
}
