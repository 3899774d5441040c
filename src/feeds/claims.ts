/** What a fetcher says of itself: that it fetches for so many readers. Nobody can check it. */
export interface Claim {
  /** Such as `feedly`. */
  readonly fetcher: string
  /** What tells two subscriptions of one fetcher to the same feed apart: its own id or address of it; empty where it gives none. */
  readonly source: string
  readonly readers: number
}

/** Fetchers that are known to tell, and by which word of their User-Agent they are known. */
const fetchers: readonly (readonly [string, RegExp])[] = [
  ['feedly', /\bfeedly(?:bot)?\b/i],
  ['inoreader', /\binoreader\b/i],
  ['feedbin', /\bfeedbin\b/i],
  ['newsblur', /\bnewsblur\b/i],
  ['theoldreader', /\btheoldreader\.com\b/i],
  ['bazqux', /\bbazqux\b/i],
  ['feedwrangler', /\bfeed ?wrangler\b/i],
  ['netvibes', /\bnetvibes\b/i],
  ['bloglovin', /\bbloglovin\b/i],
  ['livedoor', /\blivedoor feedfetcher\b/i],
  ['hatena', /\bhatena\b.*\brss\b/i],
  ['g2reader', /\bg2reader\b/i],
  ['commafeed', /\bcommafeed\b/i],
  ['feedspot', /\bfeedspot\b/i],
  ['newsify', /\bnewsify\b/i],
]

/** From here on a claim is a joke: a million readers is seen in the wild, from scripts. */
const absurd = 1_000_000
/** A header of this length is no fetcher's; and what is not read cannot be slow. */
const maxLength = 512

/**
 * What a User-Agent claims, or `undefined` where it is of no known fetcher, says nothing, or too much. `1 subscriber`,
 * `2,041 readers` and `12 subscribers` are all met.
 */
export function readClaim(userAgent: string): Claim | undefined {
  if (userAgent.length > maxLength) return undefined
  const said = /(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d{1,9})\s+(?:subscriber|reader)s?\b/i.exec(userAgent)
  if (!said?.[1]) return undefined
  const fetcher = fetchers.find(([, word]) => word.test(userAgent))?.[0]
  const readers = Number(said[1].replaceAll(',', ''))
  if (fetcher === undefined || readers >= absurd) return undefined
  return { fetcher, source: sourceOf(userAgent), readers }
}

/** `feed-id:1373711`, `feedID: 12`, `feed-id=5bc`, or an address that ends in the feed's number at the fetcher. */
function sourceOf(userAgent: string): string {
  const id = /\bfeed-?id\s*[:=]\s*([\w-]{1,64})/i.exec(userAgent)?.[1]
  return id ?? /\/site\/(\d{1,12})\b/.exec(userAgent)?.[1] ?? ''
}
