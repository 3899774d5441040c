import type { ParsedArticle } from './parsed-article.ts'

/** Slug → path of the file that was last published under it. */
export type PublishedSlugs = ReadonlyMap<string, string>

/**
 * Who may have which slug. A file keeps a slug that it was published under. Else, in a foreign folder, the file with the earliest
 * date gets the slug that several want.
 */
export class SlugClaims {
  readonly #owners = new Map<string, string>()
  readonly #own = new Map<string, string>()
  readonly #isOwnFolder: boolean

  constructor(articles: readonly ParsedArticle[], published: PublishedSlugs, isOwnFolder: boolean) {
    this.#isOwnFolder = isOwnFolder
    const wanted = new Map<string, ParsedArticle>()
    const shared = new Set<string>()
    for (const parsed of articles) {
      const isKnown = (slug: string) => published.get(slug) === parsed.path
      const known = isKnown(parsed.slug) ? parsed.slug : parsed.otherSlugs.find(isKnown)
      if (known !== undefined) {
        this.#owners.set(known, parsed.path)
        this.#own.set(parsed.path, known)
      }
      if (isOwnFolder) continue
      const other = wanted.get(parsed.slug)
      if (other) shared.add(parsed.slug)
      if (!other || parsed.publishedAt < other.publishedAt) wanted.set(parsed.slug, parsed)
    }
    for (const slug of shared) if (!this.#owners.has(slug)) this.#owners.set(slug, wanted.get(slug)?.path ?? '')
  }

  /** The slug for an article, given those that are taken. In a foreign folder it is always a free one. */
  choose({ path, slug, otherSlugs }: ParsedArticle, taken: ReadonlyMap<string, string>): string {
    const isFree = (one: string) => !taken.has(one) && (this.#owners.get(one) ?? path) === path
    const own = this.#own.get(path)
    const found = (own === undefined ? [slug, ...otherSlugs] : [own, slug, ...otherSlugs]).find(isFree)
    if (found !== undefined || this.#isOwnFolder) return found ?? slug
    for (let number = 2; ; number++) if (isFree(`${slug}-${number}`)) return `${slug}-${number}`
  }

  /** The file that has the slug, if it is another one. */
  ownerOf(slug: string, taken: ReadonlyMap<string, string>): string | undefined {
    return taken.get(slug) ?? this.#owners.get(slug)
  }
}
