import { readCounts } from '../../outbox/delivery-queries.ts'
import { isUntried } from '../../outbox/mailing-state.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue } from './issue.ts'
import { pauseIssue } from './issue-actions.ts'
import { passFirstBatch } from './issue-store.ts'

/** Of those who were to get it: so many must have, and so many may have refused it. What is tried again is waited for. */
const enoughShare = 0.9

/** How many more deliveries may be enqueued now; Infinity where the issue goes to all at once. */
export async function placesLeftInFirstBatch(context: DigestsContext, issue: Issue): Promise<number> {
  if (issue.firstBatch === undefined) return Number.POSITIVE_INFINITY
  const { audience } = await batchOf(context, issue)
  return Math.max(0, issue.firstBatch - audience)
}

/** Lets the rest of the audience follow, or pauses the issue, once each of the first batch was tried. */
export async function reviewFirstBatch(context: DigestsContext, issue: Issue): Promise<'passed' | 'paused' | 'waiting'> {
  if (await isUntried(context.database, issue.id)) return 'waiting'
  const { audience, went, refused } = await batchOf(context, issue)
  if (went >= audience * enoughShare) {
    await passFirstBatch(context.database, issue.id)
    context.log.info({ issueId: issue.id, audience, went }, 'the first batch went well: the rest follows')
    return 'passed'
  }
  if (refused <= audience * (1 - enoughShare)) return 'waiting'
  await pauseIssue(context, issue.id, `of the first ${audience} readers ${refused} did not get it: see why, then resume or cancel it`)
  return 'paused'
}

async function batchOf(context: DigestsContext, issue: Issue): Promise<{ audience: number; went: number; refused: number }> {
  const counts = (await readCounts(context.database, [issue.id])).get(issue.id)
  const { queued = 0, handing_over = 0, sent = 0, failed = 0, cancelled = 0, uncertain = 0 } = counts ?? {}
  const went = sent + cancelled
  const refused = failed + uncertain
  return { audience: queued + handing_over + went + refused, went, refused }
}
