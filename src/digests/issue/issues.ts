import type { Counts, DeliveryState } from '../../outbox/delivery.ts'
import { listDeliveries, readCounts } from '../../outbox/delivery-queries.ts'
import { isUnsettled } from '../../outbox/mailing-state.ts'
import { type LaterCounts, readLaterCounts } from '../../outbox/reports.ts'
import type { DigestsRoom } from '../context.ts'
import type { Issue } from './issue.ts'
import { finishIssue } from './issue-actions.ts'
import { listIssues, listIssuesIn, moveIssue, readIssue, readLastIssue } from './issue-store.ts'

export interface CountedIssue {
  readonly issue: Issue
  readonly counts: Counts
  /** Beside the sum. */
  readonly later: LaterCounts
}

export async function findIssue(room: DigestsRoom, id: string): Promise<CountedIssue | undefined> {
  const issue = await readIssue(room.database, id)
  return issue && (await counted(room, [issue]))[0]
}

/** Newest first; `before` is the id of the last one of the page before. */
export async function pageOfIssues(room: DigestsRoom, page: { limit: number; before?: string }): Promise<CountedIssue[]> {
  return counted(room, await listIssues(room.database, page))
}

export async function lastIssueOf(room: DigestsRoom, digest: string): Promise<CountedIssue | undefined> {
  const issue = await readLastIssue(room.database, digest)
  return issue && (await counted(room, [issue]))[0]
}

export async function deliveriesOf(room: DigestsRoom, issueId: string, page: { state?: DeliveryState; after: number; limit: number }) {
  return listDeliveries(room.database, issueId, page)
}

/** Releases a held issue: from here it goes its way by itself. False where it is not held. */
export async function approveIssue(room: DigestsRoom, id: string): Promise<boolean> {
  return moveIssue(room.database, id, ['held'], 'preparing', room.clock.now())
}

/** An issue whose audience is frozen and whose deliveries are all settled is finished. */
export async function finishIssues(room: DigestsRoom): Promise<void> {
  for (const issue of await listIssuesIn(room.database, 'sending')) {
    if (await isUnsettled(room.database, issue.id)) continue
    if (!(await finishIssue(room, issue.id))) continue
    const counts = (await readCounts(room.database, [issue.id])).get(issue.id)
    room.log.info({ issueId: issue.id, digest: issue.digest, number: issue.number, counts }, 'issue finished')
  }
}

async function counted(room: DigestsRoom, issues: readonly Issue[]): Promise<CountedIssue[]> {
  const ids = issues.map((issue) => issue.id)
  const counts = await readCounts(room.database, ids)
  const later = await readLaterCounts(room.database, ids)
  return issues.map((issue) => ({ issue, counts: counts.get(issue.id) as Counts, later: later.get(issue.id) as LaterCounts }))
}
