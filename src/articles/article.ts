/** One Markdown file, parsed, validated and published. Text fields are plain text, not markup. */
export interface Article {
  /** A URI that never changes: `urn:uuid:…`, or the id from the front matter. */
  readonly id: string
  /** The file, relative to the articles folder, with forward slashes. */
  readonly path: string
  readonly slug: string
  /** Absolute address of its page. */
  readonly url: string
  readonly title: string
  readonly subtitle: string | undefined
  readonly description: string
  /** All authors joined into one line. */
  readonly author: string | undefined
  readonly authors: readonly string[]
  /** Whole minutes, at least 1. */
  readonly readMinutes: number
  readonly publishedAt: Date
  readonly updatedAt: Date
  /** When this file was first read. May be long after its publish date. */
  readonly firstSeenAt: Date
  readonly hero: Picture | undefined
  /** Keys of the topics. */
  readonly topics: readonly string[]
  /** Topics not matched by a label in publication.yaml, as the author wrote them. */
  readonly writtenTopics: readonly string[]
  /** BCP 47. Undefined: the publication's language. */
  readonly language: string | undefined
  readonly callToAction: CallToAction | undefined
  /** Files attached to its entries in the feeds, in the order of the front matter. */
  readonly enclosures: readonly Enclosure[]
  /** The body as sanitised HTML with absolute addresses. Rendered on the first call, then cached. */
  html(): string
}

export interface Picture {
  /** Absolute address. */
  readonly url: string
  readonly alt: string
  /** Undefined for a picture of another site. */
  readonly file: PictureFile | undefined
}

export interface PictureFile {
  /** Absolute. */
  readonly path: string
  /** Media type, read from the bytes. */
  readonly type: string
  readonly bytes: number
  /** Pixels; absent if the header cannot be read. */
  readonly width?: number
  readonly height?: number
}

/** An audio, video or document file in the content folder. */
export interface Enclosure {
  /** Absolute address. */
  readonly url: string
  readonly type: string
  readonly bytes: number
}

export interface CallToAction {
  /** The sentence above the button. Undefined if the `cta` is short enough to be the label itself. */
  readonly text: string | undefined
  readonly label: string
  /** Absolute address of the button. */
  readonly url: string
}

/** A problem in a file. With an error this version is not published; with a warning it is, without the field. */
export interface ArticleProblem {
  readonly severity: 'error' | 'warning'
  readonly path: string
  readonly field: string | undefined
  /** 1-based line in the file, if known. */
  readonly line: number | undefined
  readonly reason: string
}

/** An article that is not published: a draft, or dated in the future. */
export interface Unpublished {
  readonly path: string
  readonly slug: string
  /** Undefined for a draft. */
  readonly publishedAt: Date | undefined
}

/** Everything published at one moment. Immutable: a change on disk creates a new snapshot. */
export interface Snapshot {
  /** Newest first, then by path. */
  readonly articles: readonly Article[]
  readonly bySlug: ReadonlyMap<string, Article>
  readonly byId: ReadonlyMap<string, Article>
  readonly unpublished: readonly Unpublished[]
  readonly problems: readonly ArticleProblem[]
  /** When the next future-dated article becomes due. */
  readonly nextDueAt: Date | undefined
}
