import type { CallToAction } from './article.ts'
import type { Dialects } from './dialects/body-context.ts'
import type { DialectSigns } from './dialects/dialect-signs.ts'
import type { PathFacts } from './files/file-name.ts'
import type { StatedEnclosure } from './front-matter/enclosures.ts'
import type { Visibility } from './front-matter/visibility.ts'

/** One validated file. Independent of other files, the disk and the clock, which are applied later. */
export interface ParsedArticle {
  readonly path: string
  /** Id from the front matter. Undefined: an id is minted. */
  readonly statedId: string | undefined
  /** Value of the field that `articles.ids` names. */
  readonly takenOverKey: string | undefined
  readonly slug: string
  /** Whether the author wrote the slug. */
  readonly isSlugStated: boolean
  /** Alternatives if another article has the slug. Empty in our own folder if the author wrote the slug. */
  readonly otherSlugs: readonly string[]
  /** Path or address of its page on another site, as written. */
  readonly permalink: string | undefined
  readonly title: string
  readonly subtitle: string | undefined
  readonly description: string
  readonly authors: readonly string[]
  /** Minutes from the front matter. Undefined: counted from the body. */
  readonly statedMinutes: number | undefined
  readonly publishedAt: Date
  /** Whether the file has no date and counts from when it was first seen. */
  readonly isDatedByFirstSeen: boolean
  /** From the front matter, if later than the publish date. */
  readonly statedUpdatedAt: Date | undefined
  /** As written: an address, or a file in the content folder. */
  readonly heroAddress: string | undefined
  readonly heroField: string
  readonly heroAlt: string
  readonly topics: readonly string[]
  /** See `Article`. */
  readonly topicLabels: readonly string[]
  readonly writtenTopics: readonly string[]
  /** BCP 47. Undefined: the publication's language. */
  readonly language: string | undefined
  callToAction(articleUrl: string): CallToAction | undefined
  /** As written: files in the content folder. */
  readonly enclosures: readonly StatedEnclosure[]
  /** A draft or private. */
  readonly isDraft: boolean
  readonly visibility: Visibility
  /** Whether it leads the next issue of each digest. */
  readonly isPinned: boolean
  readonly body: string
  /** Dialects that the body is read with. */
  readonly dialects: Dialects
  /** Dialects that the body shows signs of. */
  readonly signs: DialectSigns
  /** Fields of the front matter by name in lower case. Empty unless the body shows one of them. */
  readonly params: ReadonlyMap<string, string>
  /** Paths that links in other generators' articles may use for this one. */
  readonly formerAddresses: readonly string[]
  readonly facts: PathFacts
  /** 1-based line of each field. */
  readonly lines: ReadonlyMap<string, number>
}
