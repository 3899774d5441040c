import type { DialectsInUse } from '../publication/dialects.ts'
import type { LinkKind } from './links/link-kind.ts'

/** One Markdown file, parsed, validated and published. Text fields are plain text, not markup. */
export interface Article {
  /** A URI that never changes: `urn:uuid:…`, or the id from the front matter. */
  readonly id: string
  /** The id of its entries in feeds: `id`, made a valid URI where it is none (RFC 3986, 4151, 9562). */
  readonly uri: string
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
  /** What readers see, in the order of `topics`: the label of publication.yaml, else as the author wrote it. */
  readonly topicLabels: readonly string[]
  /** Topics not matched by a label in publication.yaml, as the author wrote them. */
  readonly writtenTopics: readonly string[]
  /** BCP 47. Undefined: the publication's language. */
  readonly language: string | undefined
  readonly callToAction: CallToAction | undefined
  /** Files attached to its entries in the feeds, in the order of the front matter. */
  readonly enclosures: readonly Enclosure[]
  /** Why it is in no list. Undefined for an article that everybody sees. */
  readonly hiding: Hiding | undefined
  /** Whether search engines may list its page. */
  readonly isIndexed: boolean
  readonly isInFeeds: boolean
  readonly isInMail: boolean
  /** Whether it is in digests only (`mail: only`): it has no page, and `url` leads nowhere. */
  readonly isMailOnly: boolean
  /** Whether it leads the next issue of each digest. */
  readonly isPinned: boolean
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
  /** Whether the author wrote no label, so that pages and mail show their own words for it. */
  readonly isLabelOurs?: true
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

/**
 * - `draft`, `private`: never shown.
 * - `protected`: has a password, is encrypted or must be paid for.
 * - `expired`: its time is over.
 * - `unlisted`: has a page, but is in no list, feed or mail.
 */
export type HidingKind = 'draft' | 'private' | 'protected' | 'expired' | 'unlisted'

export interface Hiding {
  readonly kind: HidingKind
  /** The front matter that says so, such as `password` or `build.list`. Never its value, which may be a secret. */
  readonly field: string
  /** 1-based line in the file, if known. */
  readonly line: number | undefined
  /** When it expired. */
  readonly at?: Date | undefined
  /** In words, such as `protected: password`. */
  readonly words: string
}

/** An article that is not published: a draft, private, or dated in the future. */
export interface Unpublished {
  readonly path: string
  readonly slug: string
  /** The file's name for a draft that cannot be read. */
  readonly title: string
  readonly topicLabels: readonly string[]
  /** Undefined for a draft or a private article. */
  readonly publishedAt: Date | undefined
  /** Undefined for an article dated in the future. */
  readonly hiding: Hiding | undefined
}

/** An article that has no page because it is protected or has expired. */
export interface HiddenArticle {
  readonly article: Article
  readonly hiding: Hiding
}

/** Why a Markdown file is not served; `file-counts.ts` has the words. */
export type LeftOutReason =
  | 'draft'
  | 'scheduled'
  | 'error'
  | 'translation'
  | 'hidden'
  | 'undated'
  | 'page'
  | 'section'
  | 'partial'
  | 'template'
  | 'notebook'
  | 'other_name'
  | 'dot_file'
  | 'outside'

/** A Markdown file that is not served. */
export interface LeftOut {
  readonly path: string
  readonly reason: LeftOutReason
  /** A predicate to follow the path, such as `is a draft`. */
  readonly detail: string
}

/** Everything published at one moment. Immutable: a change on disk creates a new snapshot. */
export interface Snapshot {
  /** What lists show. Newest first, then by path, like the other lists. */
  readonly articles: readonly Article[]
  /** What feeds and their archives contain. */
  readonly inFeeds: readonly Article[]
  /** What digests may send. */
  readonly inMail: readonly Article[]
  /** All articles with a page: those in `articles` and the unlisted ones. */
  readonly bySlug: ReadonlyMap<string, Article>
  readonly byId: ReadonlyMap<string, Article>
  readonly unlisted: readonly Article[]
  /** Articles without a page, which digests may send. */
  readonly mailOnly: readonly Article[]
  /** Protected and expired ones. */
  readonly hidden: readonly HiddenArticle[]
  /** The address of a published article, as links in bodies name it. Pages and `check` both ask it. */
  addressOf(to: string, kind: LinkKind): string | undefined
  readonly unpublished: readonly Unpublished[]
  readonly problems: readonly ArticleProblem[]
  /** All other Markdown files below the articles folder, by path. */
  readonly leftOut: readonly LeftOut[]
  /** When the next article becomes due or expires. */
  readonly nextDueAt: Date | undefined
  /** The dialects that articles are read with, and why. */
  readonly dialects: DialectsInUse
}
