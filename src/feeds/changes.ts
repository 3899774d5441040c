import type { Article, Snapshot } from '../articles/article.ts'
import { authorKey } from '../publication/keys.ts'
import { type FeedAddress, type FeedScope, feedFormats, feedPath } from '../publication/urls.ts'

/** Paths of the live feeds in which an article was added, removed or changed, for the hub. */
export function changedFeedPaths(before: Snapshot, after: Snapshot): string[] {
  const earlier = new Set(before.inFeeds)
  const later = new Set(after.inFeeds)
  const changed = [...before.inFeeds.filter((article) => !later.has(article)), ...after.inFeeds.filter((article) => !earlier.has(article))]
  if (changed.length === 0) return []
  const scopes: FeedScope[] = [{ kind: 'all' }, ...topicsOf(changed), ...authorsOf(changed)]
  return scopes.flatMap((scope) => feedFormats.map((format): FeedAddress => ({ format, scope, archive: undefined })).map(feedPath))
}

function topicsOf(articles: readonly Article[]): FeedScope[] {
  const topics = new Set(articles.flatMap((article) => article.topics))
  return [...topics].map((topic) => ({ kind: 'topics', topics: [topic] }))
}

function authorsOf(articles: readonly Article[]): FeedScope[] {
  const keys = new Set(articles.flatMap(({ authors }) => authors.map(authorKey)).filter((key) => key !== ''))
  return [...keys].map((author) => ({ kind: 'author', author }))
}
