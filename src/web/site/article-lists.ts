import type { Article, Snapshot } from '../../articles/article.ts'
import { authorKey } from '../../publication/keys.ts'

/** The articles of a snapshot by what they are about and who wrote them, newest first. */
export interface ArticleLists {
  readonly byTopic: ReadonlyMap<string, readonly Article[]>
  readonly byAuthor: ReadonlyMap<string, readonly Article[]>
  /** The place of each article in the list of all. */
  readonly places: ReadonlyMap<Article, number>
}

const known = new WeakMap<Snapshot, ArticleLists>()

/** Walks all articles once for a snapshot, so that no request has to. */
export function articleLists(snapshot: Snapshot): ArticleLists {
  const before = known.get(snapshot)
  if (before) return before
  const byTopic = new Map<string, Article[]>()
  const byAuthor = new Map<string, Article[]>()
  const places = new Map<Article, number>()
  for (const [place, article] of snapshot.articles.entries()) {
    places.set(article, place)
    for (const topic of new Set(article.topics)) listIn(byTopic, topic).push(article)
    for (const key of new Set(article.authors.map(authorKey))) if (key !== '') listIn(byAuthor, key).push(article)
  }
  const lists = { byTopic, byAuthor, places }
  known.set(snapshot, lists)
  return lists
}

function listIn(lists: Map<string, Article[]>, key: string): Article[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
