/** One Markdown file, parsed, validated and published. Text fields are plain text, not markup. */
export interface Article {
  /** A URI that never changes: `urn:uuid:…`, or what the front matter says. */
  readonly id: string
  /** The file, relative to the articles folder, with forward slashes. */
  readonly path: string
  readonly slug: string
  /** Absolute address of its page. */
  readonly url: string
  readonly title: string
  readonly subtitle: string | undefined
  readonly description: string
  /** All of them in one line, and each by itself. */
  readonly author: string | undefined
  readonly authors: readonly string[]
  /** Whole minutes, at least 1. */
  readonly readMinutes: number
  readonly publishedAt: Date
  readonly updatedAt: Date
  /** When this file was first met, which may be long after the date it bears. */
  readonly firstSeenAt: Date
  readonly hero: Picture | undefined
  /** Keys. */
  readonly topics: readonly string[]
  /** Those of them that no label stands for, as the author wrote them. */
  readonly writtenTopics: readonly string[]
  /** BCP 47; undefined where it is the publication's. */
  readonly language: string | undefined
  readonly callToAction: CallToAction | undefined
  /** Files attached to its entries in the feeds, in the order of the front matter. */
  readonly enclosures: readonly Enclosure[]
  /** The body as sanitised HTML in which every address is absolute. Rendered when first asked for, then kept. */
  html(): string
}

export interface Picture {
  /** Absolute address. */
  readonly url: string
  readonly alt: string
  /** Where it is a file of ours: absolute path, real media type, length in bytes, size in pixels where it can be read. */
  readonly file: PictureFile | undefined
}

export interface PictureFile {
  readonly path: string
  readonly type: string
  readonly bytes: number
  readonly width?: number
  readonly height?: number
}

/** A recording, film or document of ours: its address, real media type and length. */
export interface Enclosure {
  /** Absolute address. */
  readonly url: string
  readonly type: string
  readonly bytes: number
}

export interface CallToAction {
  /** The sentence above the button; absent where the `cta` is short enough to be the button's label. */
  readonly text: string | undefined
  readonly label: string
  /** Absolute address the button leads to. */
  readonly url: string
}

/** What is wrong with a file. An error keeps this version of it out; with a warning it is served, less the field. */
export interface ArticleProblem {
  readonly severity: 'error' | 'warning'
  readonly path: string
  readonly field: string | undefined
  /** 1-based line in the file, where it is known. */
  readonly line: number | undefined
  readonly reason: string
}

/** An article that is not published: a draft, or one that waits for its day. */
export interface Unpublished {
  readonly path: string
  readonly slug: string
  /** Undefined for a draft. */
  readonly publishedAt: Date | undefined
}

/** All that is published at one moment; a change on disk makes a new one. */
export interface Snapshot {
  /** Newest first; of the same instant, by path. */
  readonly articles: readonly Article[]
  readonly bySlug: ReadonlyMap<string, Article>
  readonly byId: ReadonlyMap<string, Article>
  readonly unpublished: readonly Unpublished[]
  readonly problems: readonly ArticleProblem[]
  /** The next instant at which an article that is dated ahead becomes due, if there is one. */
  readonly nextDueAt: Date | undefined
}
