import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { floodOfArticles, floodOfIssues } from './choose-articles.ts'
import type { Issue, IssueHold } from './issue.ts'
import { keepOnHold, listIssuesIn, moveIssue } from './issue-store.ts'

const untilApproved: IssueHold = { reason: 'issues of this digest go out when they are approved', releaseAt: undefined }

/** Whether the issue of a slot waits for the operator. What was prepared late is held as long as what was prepared in time. */
export function holdSlot(definition: DigestDefinition, slot: Date, articles: number, now: Date): IssueHold | undefined {
  if (articles > floodOfArticles) return { reason: `it carries ${articles} articles at once`, releaseAt: undefined }
  if (definition.hold === 'until_approved') return untilApproved
  if (!definition.hold) return undefined
  const releaseAt = new Date(Math.max(slot.getTime(), now.getTime() + definition.hold.aheadMs))
  return { reason: 'it was prepared ahead, for you to see', releaseAt }
}

/** The same for an issue of a single article, one of `lately` many. */
export function holdSingle(definition: DigestDefinition, lately: number): IssueHold | undefined {
  if (lately > floodOfIssues) return { reason: `it is one of ${lately} articles that appeared at once`, releaseAt: undefined }
  return definition.hold === undefined ? undefined : untilApproved
}

/** Lets go what was held for a time that is over, save where something happened that the operator has to decide about. */
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
  if (!context.publication().digests.has(issue.digest)) return 'its digest was taken out of publication.yaml'
  const { byId } = context.articles()
  const gone = issue.content.articles.filter((article) => !byId.has(article.id)).map((article) => article.values.title)
  return gone.length > 0 ? `it carries what was taken back since: ${gone.join(', ')}` : undefined
}
