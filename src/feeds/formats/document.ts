import type { Article } from '../../articles/article.ts'

/** One feed at one address, whatever its format. All addresses are absolute, all texts plain. */
export interface FeedDocument {
  readonly title: string
  readonly description: string
  /** BCP 47. */
  readonly language: string
  /** The page for people. */
  readonly homeUrl: string
  readonly selfUrl: string
  /** WebSub hub. */
  readonly hub: string | undefined
  /** Who answers for entries without an author. */
  readonly author: string
  /** Newest change of an entry; the start of 1970 where there is none, because nothing may depend on the time of day. */
  readonly updatedAt: Date
  readonly articles: readonly Article[]
  /** The next older document of the history (RFC 5005 §4). */
  readonly prevArchiveUrl: string | undefined
  /** In an archive: the address of the live feed. */
  readonly currentUrl: string | undefined
}

/** What an entry is written from: an article, or something else that reads like one. */
export type EntrySource = Omit<Article, 'path' | 'slug' | 'firstSeenAt' | 'writtenTopics'>

/** What an entry says about an article beyond its own fields. */
export interface EntryContext {
  readonly publicationUrl: string
  /** Topic key → label. */
  readonly topics: ReadonlyMap<string, string>
}

/** One format: how an entry is written, and how entries become a document. */
export interface FeedWriter {
  readonly type: string
  entry(article: EntrySource, context: EntryContext): string
  /** `entries` as `entry` wrote them, in order. */
  document(document: FeedDocument, entries: readonly string[]): string
}
