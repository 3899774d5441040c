import type { Article, Snapshot } from '../articles/article.ts'
import { authorKey } from '../articles/keys.ts'
import type { Publication } from '../publication/publication.ts'
import { type FeedAddress, feedPath, type Scope } from './addresses.ts'
import { type History, historyOf } from './archives.ts'
import { authorUrl } from './author-url.ts'
import type { FeedDocument } from './document.ts'
import type { OpmlEntry } from './opml.ts'

/** Which feeds a publication has at one moment, and what is in each. */
export interface Catalogue {
  /** The address as it is written everywhere, or `undefined` where there is no such feed. */
  canonical(address: FeedAddress): FeedAddress | undefined
  title(address: FeedAddress): string
  /** The content of a feed that `canonical` named. */
  document(address: FeedAddress): FeedDocument | undefined
  /** All feeds, with their titles: the publication, its topics, its authors. */
  list(): readonly OpmlEntry[]
}

export function makeCatalogue(publication: Publication, snapshot: Snapshot): Catalogue {
  // Key → name. A topic of publication.yaml has a feed before it has an article.
  const topics = new Map(publication.topics)
  const names = new Set<string>()
  for (const article of snapshot.articles) {
    for (const topic of article.topics) if (!topics.has(topic)) topics.set(topic, topic)
    for (const author of article.authors) names.add(author)
  }
  const authors = new Map<string, string>()
  for (const name of names) {
    const key = authorKey(name)
    if (key && !authors.has(key)) authors.set(key, name)
  }
  let history: History | undefined
  const historyNow = () => {
    history ??= historyOf(snapshot, publication.timezone)
    return history
  }

  function chosen(scope: Scope): readonly Article[] {
    const newest: Article[] = []
    for (const article of snapshot.articles) {
      if (newest.length >= publication.feeds.entries) break
      if (isIn(scope, article)) newest.push(article)
    }
    return newest
  }

  function titleOf(scope: Scope): string {
    if (scope.kind === 'all') return publication.title
    if (scope.kind === 'author') return `${authors.get(scope.author) ?? scope.author} · ${publication.title}`
    return `${scope.topics.map((topic) => topics.get(topic) ?? topic).join(', ')} · ${publication.title}`
  }

  function homeOf(scope: Scope): string {
    if (scope.kind === 'author') return authorUrl(publication.url, authors.get(scope.author) ?? scope.author)
    const [topic, ...others] = scope.kind === 'topics' ? scope.topics : []
    return topic && others.length === 0 ? `${publication.url}/topics/${encodeURIComponent(topic)}` : `${publication.url}/`
  }

  function contentOf({
    format,
    scope,
    archive,
  }: FeedAddress): Pick<FeedDocument, 'articles' | 'prevArchiveUrl' | 'currentUrl'> | undefined {
    const urlOf = (part: string | undefined) => (part ? publication.url + feedPath({ format, scope, archive: part }) : undefined)
    if (archive) {
      const part = historyNow().part(archive)
      const live = publication.url + feedPath({ format, scope, archive: undefined })
      return part && { articles: part.articles, prevArchiveUrl: urlOf(part.next), currentUrl: live }
    }
    const articles = chosen(scope)
    const prevArchiveUrl = scope.kind === 'all' ? urlOf(historyNow().afterLive(articles.length)) : undefined
    return { articles, prevArchiveUrl, currentUrl: undefined }
  }

  return {
    canonical(address) {
      const { scope } = address
      if (address.archive) return historyNow().part(address.archive) ? address : undefined
      if (scope.kind === 'author') return authors.has(scope.author) ? address : undefined
      if (scope.kind === 'all') return address
      const known = scope.topics.filter((topic) => topics.has(topic))
      return known.length > 0 ? { ...address, scope: { kind: 'topics', topics: known } } : undefined
    },
    title: (address) => titleOf(address.scope),
    document(address) {
      const content = contentOf(address)
      if (!content) return undefined
      return {
        ...content,
        title: titleOf(address.scope),
        description: publication.description || publication.title,
        language: publication.language,
        homeUrl: homeOf(address.scope),
        selfUrl: publication.url + feedPath(address),
        hub: publication.feeds.hub,
        author: publication.title,
        updatedAt: newestChange(content.articles),
      }
    },
    list() {
      const scopes: Scope[] = [
        { kind: 'all' },
        ...[...topics.keys()].map((topic): Scope => ({ kind: 'topics', topics: [topic] })),
        ...[...authors.keys()].map((author): Scope => ({ kind: 'author', author })),
      ]
      return scopes.map((scope) => ({ title: titleOf(scope), scope, homeUrl: homeOf(scope) }))
    },
  }
}

function isIn(scope: Scope, article: Article): boolean {
  if (scope.kind === 'all') return true
  if (scope.kind === 'author') return article.authors.some((author) => authorKey(author) === scope.author)
  return article.topics.some((topic) => scope.topics.includes(topic))
}

function newestChange(articles: readonly Article[]): Date {
  return new Date(articles.reduce((newest, { updatedAt }) => Math.max(newest, updatedAt.getTime()), 0))
}
