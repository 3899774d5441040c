import { articleJson } from '../digests/issue/article-json.ts'
import { articleStatuses } from '../digests/issue/article-status.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import { logError } from '../platform/log.ts'
import { ArticleEvents } from '../webhooks/article-events.ts'
import type { App } from './rest.ts'

/** Tells webhooks of each article once it is published. Only a server runs it. Trigger it after a change of the articles. */
export function startArticleEvents({ articles, digests }: Pick<App, 'articles' | 'digests'>): CoalescedTask {
  const events = new ArticleEvents(digests, async (ids) => {
    const { byId } = articles.current()
    const found = ids.flatMap((id) => byId.get(id) ?? [])
    const statuses = await articleStatuses(digests, found)
    return new Map(found.map((article) => [article.id, articleJson(article, statuses.get(article.id) ?? [])]))
  })
  return new CoalescedTask(
    (signal) => events.announce(articles.current().articles, signal),
    (error) => logError(digests.log, error, 'webhooks could not be told of articles; retrying'),
  )
}
