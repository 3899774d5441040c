import type { Counts, DeliveryState } from '../../outbox/delivery.ts'
import { listDeliveries, readCounts } from '../../outbox/delivery-queries.ts'
import { isUnsettled } from '../../outbox/mailing-state.ts'
import type { DigestsContext } from '../context.ts'
import { type CountedIssue, withCounts } from './counted-issue.ts'
import type { Issue } from './issue.ts'
import { finishIssue } from './issue-actions.ts'
import {
  type IssueHead,
  type IssuePage,
  listIssuedDigests,
  listIssueHeads,
  listIssues,
  listIssuesIn,
  listLatestFinished,
  listLatestOf,
  readIssue,
  readIssueByKey,
  readIssueByNumber,
  readLastIssue,
} from './issue-store.ts'

export type { CountedIssue } from './counted-issue.ts'

export async function findIssue(context: DigestsContext, id: string): Promise<CountedIssue | undefined> {
  const issue = await readIssue(context.database, id)
  return issue && (await withCounts(context.database, [issue]))[0]
}

export async function findIssueByNumber(context: DigestsContext, digest: string, number: number): Promise<CountedIssue | undefined> {
  const issue = await readIssueByNumber(context.database, digest, number)
  return issue && (await withCounts(context.database, [issue]))[0]
}

/** Newest first. */
export async function pageOfIssues(context: DigestsContext, page: IssuePage): Promise<CountedIssue[]> {
  return withCounts(context.database, await listIssues(context.database, page))
}

/** The same without the content of the issues, and without bounces and complaints: for long lists. */
export async function pageOfIssueHeads(
  { database }: Pick<DigestsContext, 'database'>,
  page: IssuePage,
): Promise<{ readonly issue: IssueHead; readonly counts: Counts }[]> {
  const issues = await listIssueHeads(database, page)
  const counts = await readCounts(
    database,
    issues.map(({ id }) => id),
  )
  return issues.map((issue) => ({ issue, counts: counts.get(issue.id) as Counts }))
}

/** Names of the digests that have issues, also of those that are no longer in publication.yaml. */
export async function issuedDigests({ database }: Pick<DigestsContext, 'database'>): Promise<string[]> {
  return listIssuedDigests(database)
}

export async function lastIssueOf(context: DigestsContext, digest: string): Promise<CountedIssue | undefined> {
  const issue = await readLastIssue(context.database, digest)
  return issue && (await withCounts(context.database, [issue]))[0]
}

/** The newest issues of a digest, newest first. */
export async function latestIssuesOf(context: DigestsContext, digest: string, limit: number): Promise<CountedIssue[]> {
  return withCounts(context.database, await listLatestOf(context.database, digest, limit))
}

/** The issues of all digests that finished last, newest first. */
export async function latestFinishedIssues(context: DigestsContext, limit: number): Promise<CountedIssue[]> {
  return withCounts(context.database, await listLatestFinished(context.database, limit))
}

/** The issue that was created with this idempotency key. */
export async function issueByKey(context: DigestsContext, digest: string, key: string): Promise<Issue | undefined> {
  return readIssueByKey(context.database, digest, key)
}

export async function deliveriesOf(
  context: DigestsContext,
  issueId: string,
  page: { state?: DeliveryState; after: number; limit: number },
) {
  return listDeliveries(context.database, issueId, page)
}

/** Finishes each sending issue whose deliveries are all settled. */
export async function finishIssues(context: DigestsContext): Promise<void> {
  for (const issue of await listIssuesIn(context.database, 'sending')) {
    if (await isUnsettled(context.database, issue.id)) continue
    if (!(await finishIssue(context, issue.id))) continue
    const counts = (await readCounts(context.database, [issue.id])).get(issue.id)
    context.log.info({ issueId: issue.id, digest: issue.digest, number: issue.number, counts }, 'issue finished')
  }
}
