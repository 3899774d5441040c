import { createHash } from 'node:crypto'
import type { Article } from '../../articles/article.ts'
import type { DigestDefinition } from '../../publication/publication.ts'

export interface Choice {
  /** Pinned ones first, else newest first. */
  readonly included: readonly Article[]
  readonly excluded: readonly { readonly article: Article; readonly reason: string }[]
}

/** An issue with more new articles than this is held: somebody has probably moved a folder. */
export const floodOfArticles = 50
/** The same limit for a digest that sends single articles. */
export const floodOfIssues = 3
/** `on_publish` excludes an article that was older than this when first seen. */
const newsDays = 7

/** Whether an article has a topic of this digest. A digest without topics takes all articles. */
export function isAbout(definition: DigestDefinition, article: Article): boolean {
  return definition.topics.length === 0 || article.topics.some((topic) => definition.topics.includes(topic))
}

/** The newest articles of a digest, new or not: as many as one issue shows as cards. */
export function newestFor(definition: DigestDefinition, articles: readonly Article[]): readonly Article[] {
  const most = definition.schedule.kind === 'on_publish' ? 1 : definition.maxArticles
  return pinnedFirst(articles.filter((article) => isAbout(definition, article))).slice(0, most)
}

/** Articles with `pinned: true` lead. */
function pinnedFirst(articles: readonly Article[]): readonly Article[] {
  const pinned = articles.filter(({ isPinned }) => isPinned)
  return pinned.length === 0 ? articles : [...pinned, ...articles.filter(({ isPinned }) => !isPinned)]
}

/**
 * Chooses the articles of an issue from `articles` (newest first): all that are not in the ledger. Compares ids, not dates, so
 * that a late or back-dated article is sent exactly once. The first issue contains only the newest `start_with` articles.
 */
export function chooseArticles(
  definition: DigestDefinition,
  articles: readonly Article[],
  inLedger: ReadonlySet<string>,
  isFirst: boolean,
): Choice {
  const fresh = pinnedFirst(articles.filter((article) => isAbout(definition, article) && !inLedger.has(article.id)))
  if (!isFirst) return { included: fresh, excluded: [] }
  return {
    included: fresh.slice(0, definition.startWith),
    excluded: fresh.slice(definition.startWith).map((article) => ({ article, reason: 'before the first issue' })),
  }
}

/** Chooses for a digest that sends single articles, each after the delay of its schedule. */
export function chooseSingles(
  definition: DigestDefinition,
  articles: readonly Article[],
  inLedger: ReadonlySet<string>,
  now: Date,
): Choice {
  const delayMs = definition.schedule.kind === 'on_publish' ? definition.schedule.delayMs : 0
  const included: Article[] = []
  const excluded: { article: Article; reason: string }[] = []
  for (const article of articles.filter((one) => isAbout(definition, one) && !inLedger.has(one.id))) {
    const seenAt = article.firstSeenAt
    const appearedAt = Math.max(seenAt.getTime(), article.publishedAt.getTime())
    if (seenAt.getTime() - article.publishedAt.getTime() > newsDays * 86_400_000) {
      excluded.push({ article, reason: `dated more than ${newsDays} days before it was first seen` })
    } else if (appearedAt + delayMs <= now.getTime()) included.push(article)
  }
  return { included, excluded }
}

/** The articles of an issue for one reader: those with a chosen topic or without topics. A reader without a choice gets all. */
export function articlesFor<A extends { readonly topics: readonly string[] }>(
  articles: readonly A[],
  chosenTopics: readonly string[],
): readonly A[] {
  if (chosenTopics.length === 0) return articles
  return articles.filter((article) => article.topics.length === 0 || article.topics.some((topic) => chosenTopics.includes(topic)))
}

/** A hash of the ids of `articles`, in order: the key of an edition, and whether two choices carry the same articles. */
export function listKey(articles: readonly { readonly id: string }[], language?: string): string {
  const ids = articles.map((article) => article.id)
  return createHash('sha256')
    .update(JSON.stringify(language === undefined ? ids : [language, ids]))
    .digest('base64url')
}
