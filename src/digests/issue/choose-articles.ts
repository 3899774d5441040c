import type { Article } from '../../articles/article.ts'
import type { DigestDefinition } from '../../publication/publication.ts'

export interface Choice {
  /** What the issue carries, newest first. */
  readonly carried: readonly Article[]
  readonly excluded: readonly { readonly article: Article; readonly reason: string }[]
}

/** More new articles than this are not sent unasked: somebody has probably moved a folder. */
export const floodOfArticles = 50
/** The same for a digest that sends each article by itself. */
export const floodOfIssues = 3
/** An article dated further back than this when it was first seen is no news for `on_publish`. */
const newsDays = 7

/** The articles that a digest is about: of its topics, where it names any. */
export function isAbout(definition: DigestDefinition, article: Article): boolean {
  return definition.topics.length === 0 || article.topics.some((topic) => definition.topics.includes(topic))
}

/** What an issue shows where none is new: as many as one begins with, which is one where each is sent by itself. */
export function newestFor(definition: DigestDefinition, articles: readonly Article[]): Article[] {
  const most = definition.schedule.kind === 'on_publish' ? 1 : definition.maxArticles
  return articles.filter((article) => isAbout(definition, article)).slice(0, most)
}

/**
 * What an issue carries of `articles` (newest first): all that the ledger does not know, by id and not by date, so that
 * a late or back-dated article is neither lost nor repeated. The first issue leaves out what is older than it begins with.
 */
export function chooseArticles(
  definition: DigestDefinition,
  articles: readonly Article[],
  inLedger: ReadonlySet<string>,
  isFirst: boolean,
): Choice {
  const fresh = articles.filter((article) => isAbout(definition, article) && !inLedger.has(article.id))
  if (!isFirst) return { carried: fresh, excluded: [] }
  return {
    carried: fresh.slice(0, definition.startWith),
    excluded: fresh.slice(definition.startWith).map((article) => ({ article, reason: 'before the first issue' })),
  }
}

/** For a digest that sends each article once it has been there for a while. */
export function chooseSingles(
  definition: DigestDefinition,
  articles: readonly Article[],
  inLedger: ReadonlySet<string>,
  now: Date,
): Choice {
  const delayMs = definition.schedule.kind === 'on_publish' ? definition.schedule.delayMs : 0
  const carried: Article[] = []
  const excluded: { article: Article; reason: string }[] = []
  for (const article of articles.filter((one) => isAbout(definition, one) && !inLedger.has(one.id))) {
    const seenAt = article.firstSeenAt
    const appearedAt = Math.max(seenAt.getTime(), article.publishedAt.getTime())
    if (seenAt.getTime() - article.publishedAt.getTime() > newsDays * 86_400_000) {
      excluded.push({ article, reason: `dated more than ${newsDays} days before it was first seen` })
    } else if (appearedAt + delayMs <= now.getTime()) carried.push(article)
  }
  return { carried, excluded }
}

/** The articles of an issue for one reader: of the chosen topics, and those that are about no topic; all without a choice. */
export function articlesFor<A extends { readonly topics: readonly string[] }>(
  articles: readonly A[],
  chosenTopics: readonly string[],
): readonly A[] {
  if (chosenTopics.length === 0) return articles
  return articles.filter((article) => article.topics.length === 0 || article.topics.some((topic) => chosenTopics.includes(topic)))
}
