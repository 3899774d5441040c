import type { Article } from '../../articles/article.ts'

/** One feed at one address, independent of the format. Addresses are absolute, texts are plain. */
export interface FeedDocument {
  readonly title: string
  readonly description: string
  /** BCP 47. */
  readonly language: string
  /** The web page of the feed. */
  readonly homeUrl: string
  readonly selfUrl: string
  /** Identifies the feed in Atom. Stays when the publication moves. */
  readonly id: string
  /** WebSub hub. */
  readonly hub: string | undefined
  /** The author of entries that name none. */
  readonly author: string
  /** Newest change of an entry. The Unix epoch if there is no entry, so that the output does not depend on the clock. */
  readonly updatedAt: Date
  readonly articles: readonly Article[]
  /** The next older document of the history (RFC 5005 §4). */
  readonly prevArchiveUrl: string | undefined
  /** Set in an archive: the address of the live feed. */
  readonly currentUrl: string | undefined
}

/** The source of an entry: an article, or an object with the same fields. */
export type EntrySource = Omit<
  Article,
  'id' | 'path' | 'slug' | 'firstSeenAt' | 'writtenTopics' | 'hiding' | 'isIndexed' | 'isInFeeds' | 'isInMail' | 'isMailOnly' | 'isPinned'
>

/** Data for an entry besides the fields of the article. */
export interface EntryContext {
  readonly publicationUrl: string
  /** The label of a call to action that has none, in the publication's language. Asked only where one is written. */
  readonly readOn: () => string
}

/** Writes entries and documents in one format. */
export interface FeedWriter {
  readonly type: string
  entry(article: EntrySource, context: EntryContext): string
  /** `entries`: results of `entry`, in order. */
  document(document: FeedDocument, entries: readonly string[]): string
}
