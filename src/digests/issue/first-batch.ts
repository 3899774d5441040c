import { readCounts } from '../../outbox/delivery-queries.ts'
import { isUntried } from '../../outbox/mailing-state.ts'
import type { DigestsRoom } from '../context.ts'
import type { Issue } from './issue.ts'
import { pauseIssue } from './issue-actions.ts'
import { passFirstBatch } from './issue-store.ts'

/** Of those who were to get it: so many must have, and so many may have refused it. What is tried again is waited for. */
const enoughShare = 0.9

/** How many more readers may be owed the issue now; Infinity where it goes to all at once. */
export async function roomInFirstBatch(room: DigestsRoom, issue: Issue): Promise<number> {
  if (issue.firstBatch === undefined) return Number.POSITIVE_INFINITY
  const { audience } = await batchOf(room, issue)
  return Math.max(0, issue.firstBatch - audience)
}

/** Lets the rest of the audience follow, or pauses the issue, once each of the first batch was tried. */
export async function judgeFirstBatch(room: DigestsRoom, issue: Issue): Promise<'passed' | 'paused' | 'waiting'> {
  if (await isUntried(room.database, issue.id)) return 'waiting'
  const { audience, went, refused } = await batchOf(room, issue)
  if (went >= audience * enoughShare) {
    await passFirstBatch(room.database, issue.id)
    room.log.info({ issueId: issue.id, audience, went }, 'the first batch went well: the rest follows')
    return 'passed'
  }
  if (refused <= audience * (1 - enoughShare)) return 'waiting'
  await pauseIssue(room, issue.id, `of the first ${audience} readers ${refused} did not get it: see why, then resume or cancel it`)
  return 'paused'
}

async function batchOf(room: DigestsRoom, issue: Issue): Promise<{ audience: number; went: number; refused: number }> {
  const counts = (await readCounts(room.database, [issue.id])).get(issue.id)
  const { queued = 0, handing_over = 0, sent = 0, failed = 0, cancelled = 0, uncertain = 0 } = counts ?? {}
  const went = sent + cancelled
  const refused = failed + uncertain
  return { audience: queued + handing_over + went + refused, went, refused }
}
