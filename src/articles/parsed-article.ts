import type { CallToAction } from './article.ts'
import type { PathFacts } from './files/file-name.ts'

/** One file as its author wrote it, validated. What other files, the disk and the clock have to say comes later. */
export interface ParsedArticle {
  readonly path: string
  /** As written; where none is, an id is minted. */
  readonly statedId: string | undefined
  /** What the field holds that the publication takes its ids from. */
  readonly takenOverKey: string | undefined
  readonly slug: string
  /** What else the slug may be where another article has it; none where the author wrote it. */
  readonly otherSlugs: readonly string[]
  /** The path or address of its page elsewhere, as written. */
  readonly permalink: string | undefined
  readonly title: string
  readonly subtitle: string | undefined
  readonly description: string
  readonly authors: readonly string[]
  /** As written; counted from the body where it is not. */
  readonly statedMinutes: number | undefined
  readonly publishedAt: Date
  /** As written, where it is later than the date of publishing. */
  readonly statedUpdatedAt: Date | undefined
  /** As written: an address, or a file of ours. */
  readonly heroAddress: string | undefined
  readonly heroField: string
  readonly heroAlt: string
  readonly topics: readonly string[]
  readonly writtenTopics: readonly string[]
  /** BCP 47; undefined where it is the publication's. */
  readonly language: string | undefined
  callToAction(articleUrl: string): CallToAction | undefined
  /** As written: files of ours. */
  readonly enclosureAddresses: readonly string[]
  readonly isDraft: boolean
  readonly body: string
  /** What other generators call it: by these its links are found. */
  readonly formerAddresses: readonly string[]
  readonly facts: PathFacts
  /** 1-based line of each field. */
  readonly lines: ReadonlyMap<string, number>
}
