import type { Article, ArticleProblem, Hiding, Snapshot } from './article.ts'

/** In the order of filters. An article with a problem has that beside its state. */
export const articleStates = ['published', 'waiting', 'draft', 'hidden', 'faulty'] as const
export type ArticleState = (typeof articleStates)[number]

/** One file that is meant to be an article, published or not. */
export interface ListedArticle {
  /** Relative to the articles folder: the name of the article in this list. */
  readonly path: string
  readonly state: ArticleState
  readonly title: string
  /** Undefined for drafts and files that cannot be read. */
  readonly publishedAt: Date | undefined
  readonly topicLabels: readonly string[]
  /** Set if it has a page, or is hidden. */
  readonly article: Article | undefined
  readonly hiding: Hiding | undefined
  readonly problems: readonly ArticleProblem[]
}

export interface ArticleQuery {
  /** `problem`: in any state, with a problem. */
  readonly state: ArticleState | 'problem' | undefined
  /** Found in title or path, whatever the case. */
  readonly text: string
  readonly limit: number
  readonly offset: number
}

export interface ArticlePage {
  readonly articles: readonly ListedArticle[]
  /** How many the query finds. */
  readonly of: number
  /** How many there are in each state, whatever the query. */
  readonly counts: Readonly<Record<ArticleState | 'problem' | 'all', number>>
}

interface List {
  readonly byPath: ReadonlyMap<string, ListedArticle>
  readonly rows: readonly { readonly listed: ListedArticle; readonly searched: string }[]
  readonly counts: ArticlePage['counts']
}

/** Made once for each snapshot, on first use. */
const lists = new WeakMap<Snapshot, List>()

/** A page of all articles, newest first; what has no date comes before. */
export function pageOfArticles(snapshot: Snapshot, { state, text, limit, offset }: ArticleQuery): ArticlePage {
  const { rows, counts } = listOf(snapshot)
  const wanted = searchable(text.trim())
  const found = rows.filter(
    ({ listed, searched }) =>
      (state === undefined || (state === 'problem' ? listed.problems.length > 0 : listed.state === state)) && searched.includes(wanted),
  )
  return { articles: found.slice(offset, offset + limit).map(({ listed }) => listed), of: found.length, counts }
}

/** The article in the file `path`. */
export function listedArticle(snapshot: Snapshot, path: string): ListedArticle | undefined {
  return listOf(snapshot).byPath.get(path)
}

function listOf(snapshot: Snapshot): List {
  const known = lists.get(snapshot)
  if (known) return known
  const made = makeList(snapshot)
  lists.set(snapshot, made)
  return made
}

function makeList(snapshot: Snapshot): List {
  const problems = Map.groupBy(snapshot.problems, ({ path }) => path)
  const byPath = new Map<string, ListedArticle>()
  const add = (one: Omit<ListedArticle, 'problems'>) => {
    if (!byPath.has(one.path)) byPath.set(one.path, { ...one, problems: problems.get(one.path) ?? [] })
  }
  const addArticle = (article: Article, hiding: Hiding | undefined) => {
    const { path, title, publishedAt, topicLabels } = article
    add({ path, title, publishedAt, topicLabels, article, hiding, state: hiding ? 'hidden' : 'published' })
  }
  for (const article of snapshot.articles) addArticle(article, undefined)
  for (const article of [...snapshot.unlisted, ...snapshot.mailOnly]) addArticle(article, article.hiding)
  for (const { article, hiding } of snapshot.hidden) addArticle(article, hiding)
  for (const { path, title, topicLabels, publishedAt, hiding } of snapshot.unpublished) {
    const isHidden = hiding !== undefined && hiding.kind !== 'draft'
    const state = publishedAt ? 'waiting' : isHidden ? 'hidden' : 'draft'
    add({ path, title, publishedAt, topicLabels, article: undefined, hiding, state })
  }
  // Files that cannot be read as an article.
  for (const [path, found] of problems) {
    if (found.some(({ severity }) => severity === 'error'))
      add({ path, title: path, publishedAt: undefined, topicLabels: [], article: undefined, hiding: undefined, state: 'faulty' })
  }
  const all = [...byPath.values()].sort((one, other) => timeOf(other) - timeOf(one) || (one.path < other.path ? -1 : 1))
  const counts = { all: all.length, published: 0, waiting: 0, draft: 0, hidden: 0, faulty: 0, problem: 0 }
  for (const one of all) {
    counts[one.state]++
    if (one.problems.length > 0) counts.problem++
  }
  return { byPath, rows: all.map((listed) => ({ listed, searched: searchable(`${listed.title}\n${listed.path}`) })), counts }
}

function timeOf({ publishedAt }: ListedArticle): number {
  return publishedAt?.getTime() ?? Number.MAX_SAFE_INTEGER
}

function searchable(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
