import type { Article, Snapshot } from '../articles/article.ts'
import { authorKey } from '../publication/keys.ts'
import type { Publication } from '../publication/publication.ts'
import { type FeedAddress, type FeedScope, feedPath, paths, publicUrl } from '../publication/urls.ts'
import { type History, historyOf } from './archives.ts'
import type { FeedDocument } from './formats/document.ts'
import type { OpmlEntry } from './formats/opml.ts'

/** The feeds of a publication for one snapshot of its articles, and their content. */
export interface Catalogue {
  /** The canonical form of an address, or `undefined` if there is no such feed. */
  canonical(address: FeedAddress): FeedAddress | undefined
  title(address: FeedAddress): string
  /** The content of a feed. `address` must come from `canonical`. */
  document(address: FeedAddress): FeedDocument | undefined
  /** All feeds: of the publication, its topics and its authors. */
  list(): readonly OpmlEntry[]
}

/** `idBase`: see `settleIdBase`. */
export function makeCatalogue(publication: Publication, snapshot: Snapshot, idBase = publication.url): Catalogue {
  return new SnapshotCatalogue(publication, snapshot, idBase)
}

class SnapshotCatalogue implements Catalogue {
  readonly #publication: Publication
  readonly #snapshot: Snapshot
  readonly #idBase: string
  /** Key → name. Topics of publication.yaml have a feed even without articles. */
  readonly #topics: Map<string, string>
  readonly #authors: Map<string, string>
  #history: History | undefined

  constructor(publication: Publication, snapshot: Snapshot, idBase: string) {
    this.#publication = publication
    this.#idBase = idBase
    this.#snapshot = snapshot
    this.#topics = topicsIn(publication, snapshot)
    this.#authors = authorsIn(snapshot)
  }

  canonical(address: FeedAddress): FeedAddress | undefined {
    const { scope } = address
    if (address.archive) return this.#historyNow().part(address.archive) ? address : undefined
    if (scope.kind === 'author') return this.#authors.has(scope.author) ? address : undefined
    if (scope.kind === 'all') return address
    const known = scope.topics.filter((topic) => this.#topics.has(topic))
    return known.length > 0 ? { ...address, scope: { kind: 'topics', topics: known } } : undefined
  }

  title(address: FeedAddress): string {
    return this.#titleOf(address.scope)
  }

  document(address: FeedAddress): FeedDocument | undefined {
    const publication = this.#publication
    const content = this.#contentOf(address)
    if (!content) return undefined
    return {
      ...content,
      title: this.#titleOf(address.scope),
      description: publication.description || publication.title,
      language: publication.language,
      homeUrl: this.#homeOf(address.scope),
      selfUrl: publicUrl(publication, feedPath(address)),
      id: publicUrl({ url: this.#idBase }, feedPath(address)),
      hub: publication.feeds.hub,
      author: publication.title,
      updatedAt: newestChange(content.articles),
    }
  }

  list(): readonly OpmlEntry[] {
    const scopes: FeedScope[] = [
      { kind: 'all' },
      ...[...this.#topics.keys()].map((topic): FeedScope => ({ kind: 'topics', topics: [topic] })),
      ...[...this.#authors.keys()].map((author): FeedScope => ({ kind: 'author', author })),
    ]
    return scopes.map((scope) => ({ title: this.#titleOf(scope), scope, homeUrl: this.#homeOf(scope) }))
  }

  #titleOf(scope: FeedScope): string {
    const { title } = this.#publication
    if (scope.kind === 'all') return title
    if (scope.kind === 'author') return `${this.#authors.get(scope.author) ?? scope.author} · ${title}`
    return `${scope.topics.map((topic) => this.#topics.get(topic) ?? topic).join(', ')} · ${title}`
  }

  #homeOf(scope: FeedScope): string {
    if (scope.kind === 'author') return publicUrl(this.#publication, paths.author(scope.author))
    const [topic, ...others] = scope.kind === 'topics' ? scope.topics : []
    return publicUrl(this.#publication, topic && others.length === 0 ? paths.topic(topic) : paths.home)
  }

  #contentOf({ format, scope, archive }: FeedAddress): FeedContent | undefined {
    const urlOf = (part: string | undefined) =>
      part ? publicUrl(this.#publication, feedPath({ format, scope, archive: part })) : undefined
    if (archive) {
      const part = this.#historyNow().part(archive)
      const live = publicUrl(this.#publication, feedPath({ format, scope, archive: undefined }))
      return part && { articles: part.articles, prevArchiveUrl: urlOf(part.next), currentUrl: live }
    }
    const articles = this.#chosen(scope)
    const prevArchiveUrl = scope.kind === 'all' ? urlOf(this.#historyNow().afterLive(articles.length)) : undefined
    return { articles, prevArchiveUrl, currentUrl: undefined }
  }

  #chosen(scope: FeedScope): readonly Article[] {
    const newest: Article[] = []
    for (const article of this.#snapshot.inFeeds) {
      if (newest.length >= this.#publication.feeds.entries) break
      if (isIn(scope, article)) newest.push(article)
    }
    return newest
  }

  #historyNow(): History {
    this.#history ??= historyOf(this.#snapshot, this.#publication.timezone)
    return this.#history
  }
}

type FeedContent = Pick<FeedDocument, 'articles' | 'prevArchiveUrl' | 'currentUrl'>

function topicsIn(publication: Publication, snapshot: Snapshot): Map<string, string> {
  const topics = new Map(publication.topics)
  // The newest article says how a topic is written.
  for (const { topics: keys, topicLabels } of snapshot.articles)
    for (const [index, key] of keys.entries()) if (!topics.has(key)) topics.set(key, topicLabels[index] ?? key)
  return topics
}

function authorsIn(snapshot: Snapshot): Map<string, string> {
  const names = new Set<string>()
  for (const article of snapshot.articles) for (const author of article.authors) names.add(author)
  const authors = new Map<string, string>()
  for (const name of names) {
    const key = authorKey(name)
    if (key && !authors.has(key)) authors.set(key, name)
  }
  return authors
}

function isIn(scope: FeedScope, article: Article): boolean {
  if (scope.kind === 'all') return true
  if (scope.kind === 'author') return article.authors.some((author) => authorKey(author) === scope.author)
  return article.topics.some((topic) => scope.topics.includes(topic))
}

function newestChange(articles: readonly Article[]): Date {
  return new Date(articles.reduce((newest, { updatedAt }) => Math.max(newest, updatedAt.getTime()), 0))
}
