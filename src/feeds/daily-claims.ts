import type { Claim } from './claims.ts'

/** Pairs of feed and fetcher in a day. A publication has far fewer; anybody can request any combination of topics. */
export const maxPairs = 2_000
/** Sources of one fetcher for one feed and day. A real fetcher has a few; the limit stops scripts that invent them. */
export const maxSources = 20
/** Rows of a day: twice as many as pairs, because most fetchers have one source. */
export const maxRows = 4_000

export interface FeedClaim {
  readonly feed: string
  readonly claim: Claim
}

/** The claims of one day: those that are stored, and those not yet written. Both are limited. */
export class DailyClaims {
  /** Such as `2026-11-30`. */
  readonly day: string
  /** Feed and fetcher → sources. */
  readonly #sources = new Map<string, Set<string>>()
  #rows = 0
  #new = new Map<string, FeedClaim>()
  #isLoaded = false

  constructor(day: string) {
    this.day = day
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  get hasNew(): boolean {
    return this.#new.size > 0
  }

  /** Ignores a claim beyond the limits. */
  note(feed: string, claim: Claim): void {
    if (this.#admits(feed, claim)) this.#new.set(`${feed} ${claim.fetcher} ${claim.source}`, { feed, claim })
  }

  /** Counts what is stored already. New claims that no longer fit are dropped. */
  load(rows: readonly { readonly feed: string; readonly fetcher: string; readonly source: string }[]): void {
    const noted = [...this.#new.values()]
    this.#new = new Map()
    this.#sources.clear()
    this.#rows = 0
    for (const { feed, fetcher, source } of rows) this.#add(`${feed} ${fetcher}`, source)
    this.#isLoaded = true
    for (const { feed, claim } of noted) this.note(feed, claim)
  }

  takeNew(): FeedClaim[] {
    const taken = [...this.#new.values()]
    this.#new = new Map()
    return taken
  }

  #admits(feed: string, { fetcher, source }: Claim): boolean {
    const pair = `${feed} ${fetcher}`
    const known = this.#sources.get(pair)
    if (known?.has(source)) return true
    if (this.#rows >= maxRows || (known ? known.size >= maxSources : this.#sources.size >= maxPairs)) return false
    this.#add(pair, source)
    return true
  }

  #add(pair: string, source: string): void {
    const known = this.#sources.get(pair) ?? new Set<string>()
    this.#sources.set(pair, known.add(source))
    this.#rows++
  }
}
