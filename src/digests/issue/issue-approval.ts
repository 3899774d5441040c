import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { floodOfArticles, floodOfIssues } from './choose-articles.ts'
import type { Issue, IssueHold } from './issue.ts'
import { keepOnHold, listIssuesIn, moveIssue } from './issue-store.ts'

const untilApproved: IssueHold = { reason: 'issues of this digest wait for approval', releaseAt: undefined }

/** Whether the issue of a slot waits for the operator. An issue prepared late is held for the full time too. */
export function holdSlot(definition: DigestDefinition, slot: Date, articles: number, now: Date): IssueHold | undefined {
  if (articles > floodOfArticles)
    return { reason: `it contains ${articles} new articles, which is more than ${floodOfArticles}`, releaseAt: undefined }
  if (definition.hold === 'until_approved') return untilApproved
  if (!definition.hold) return undefined
  const releaseAt = new Date(Math.max(slot.getTime(), now.getTime() + definition.hold.aheadMs))
  return { reason: 'it was prepared ahead of its slot for your review', releaseAt }
}

/** The same for an issue of a single article. `lately`: how many such issues appeared within a short time. */
export function holdSingle(definition: DigestDefinition, lately: number): IssueHold | undefined {
  if (lately > floodOfIssues) return { reason: `it is one of ${lately} articles that appeared at the same time`, releaseAt: undefined }
  return definition.hold === undefined ? undefined : untilApproved
}

/** Whether `holdSingle` holds an issue because too many articles appeared at once. Issues keep the reason as text. */
export function isHeldInFlood(hold: IssueHold | undefined): boolean {
  return /^it is one of \d+ articles that appeared at the same time$/.test(hold?.reason ?? '')
}

/** Releases issues whose hold has expired. An issue with a deleted article or digest stays held until the operator decides. */
export async function releaseHeld(context: DigestsContext): Promise<void> {
  const now = context.clock.now()
  for (const issue of await listIssuesIn(context.database, 'held')) {
    if (!issue.hold?.releaseAt || issue.hold.releaseAt > now) continue
    const doubt = doubtOf(context, issue)
    if (doubt) await keepOnHold(context.database, issue.id, doubt)
    else await moveIssue(context.database, issue.id, ['held'], 'preparing', now)
    context.log.info(
      { issueId: issue.id, digest: issue.digest, number: issue.number, doubt },
      doubt ? 'issue stays held' : 'issue released',
    )
  }
}

function doubtOf(context: DigestsContext, issue: Issue): string | undefined {
  if (!context.publication().digests.has(issue.digest)) return 'its digest was removed from publication.yaml'
  const sendable = new Set(context.articles().inMail.map(({ id }) => id))
  const gone = issue.content.articles.filter((article) => !sendable.has(article.id)).map((article) => article.values.title)
  return gone.length > 0 ? `it contains articles that were withdrawn: ${gone.join(', ')}` : undefined
}
