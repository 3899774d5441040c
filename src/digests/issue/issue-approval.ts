import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsRoom } from '../context.ts'
import { floodOfArticles, floodOfIssues } from './choose-articles.ts'
import type { Hold, Issue } from './issue.ts'
import { keepHeld, listIssuesIn, moveIssue } from './issue-store.ts'

const untilApproved: Hold = { reason: 'issues of this digest go out when they are approved', releaseAt: undefined }

/** Whether the issue of a slot waits for the operator. What was prepared late is held as long as what was prepared in time. */
export function holdSlot(definition: DigestDefinition, slot: Date, articles: number, now: Date): Hold | undefined {
  if (articles > floodOfArticles) return { reason: `it carries ${articles} articles at once`, releaseAt: undefined }
  if (definition.hold === 'until_approved') return untilApproved
  if (!definition.hold) return undefined
  const releaseAt = new Date(Math.max(slot.getTime(), now.getTime() + definition.hold.aheadMs))
  return { reason: 'it was prepared ahead, for you to see', releaseAt }
}

/** The same for an issue of a single article, one of `lately` many. */
export function holdSingle(definition: DigestDefinition, lately: number): Hold | undefined {
  if (lately > floodOfIssues) return { reason: `it is one of ${lately} articles that appeared at once`, releaseAt: undefined }
  return definition.hold === undefined ? undefined : untilApproved
}

/** Lets go what was held for a time that is over, save where something happened that the operator has to decide about. */
export async function releaseHeld(room: DigestsRoom): Promise<void> {
  const now = room.clock.now()
  for (const issue of await listIssuesIn(room.database, 'held')) {
    if (!issue.hold?.releaseAt || issue.hold.releaseAt > now) continue
    const doubt = doubtOf(room, issue)
    if (doubt) await keepHeld(room.database, issue.id, doubt)
    else await moveIssue(room.database, issue.id, ['held'], 'preparing', now)
    room.log.info({ issueId: issue.id, digest: issue.digest, number: issue.number, doubt }, doubt ? 'issue stays held' : 'issue released')
  }
}

function doubtOf(room: DigestsRoom, issue: Issue): string | undefined {
  if (!room.publication().digests.has(issue.digest)) return 'its digest was taken out of publication.yaml'
  const { byId } = room.articles()
  const gone = issue.content.articles.filter((article) => !byId.has(article.id)).map((article) => article.values.title)
  return gone.length > 0 ? `it carries what was taken back since: ${gone.join(', ')}` : undefined
}
