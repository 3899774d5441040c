/** The number of readers that a feed fetcher claims in its User-Agent. It cannot be verified. */
export interface Claim {
  /** For example `feedly`. */
  readonly fetcher: string
  /** The fetcher's own id for the feed, because it may fetch one feed under several. Empty if it sends none. */
  readonly source: string
  readonly readers: number
}

/** Fetchers known to send reader counts, with a pattern for their User-Agent. */
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

/** Larger claims are ignored: scripts are known to claim a million readers. */
const maxReaders = 1_000_000
/** Limit in characters, against slow matching. No known fetcher sends a longer header. */
const maxLength = 512

/**
 * The claim in a User-Agent, such as `1 subscriber`, `2,041 readers` or `12 subscribers`. Undefined for unknown fetchers, and
 * without a plausible number.
 */
export function readClaim(userAgent: string): Claim | undefined {
  if (userAgent.length > maxLength) return undefined
  const match = /(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d{1,9})\s+(?:subscriber|reader)s?\b/i.exec(userAgent)
  if (!match?.[1]) return undefined
  const fetcher = fetchers.find(([, word]) => word.test(userAgent))?.[0]
  const readers = Number(match[1].replaceAll(',', ''))
  if (fetcher === undefined || readers >= maxReaders) return undefined
  return { fetcher, source: sourceOf(userAgent), readers }
}

/** Known forms: `feed-id:1373711`, `feedID: 12`, `feed-id=5bc`, or an address with `/site/123`. */
function sourceOf(userAgent: string): string {
  const id = /\bfeed-?id\s*[:=]\s*([\w-]{1,64})/i.exec(userAgent)?.[1]
  return id ?? /\/site\/(\d{1,12})\b/.exec(userAgent)?.[1] ?? ''
}
