import type { Clock } from '../platform/clock.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logWarning } from '../platform/log.ts'
import { LruCache } from '../platform/lru-cache.ts'
import { feedPath } from '../publication/urls.ts'
import { type Claim, readClaim } from './claims.ts'
import { parseFeedAddress } from './feed-address.ts'
import { readClaims, writeClaims } from './store.ts'

/** Numbers of feed readers, as feed fetchers claim them. */
export interface Readership {
  /** Records the claim of a request. Fast enough for every request: a known User-Agent costs one look-up. */
  note(target: string, userAgent: string | undefined): void
  /** The latest claims of the last two days, added up by feed and fetcher. */
  claimed(): Promise<readonly ClaimedReaders[]>
  close(): Promise<void>
}

export interface ClaimedReaders {
  /** The feed's path. */
  readonly feed: string
  readonly fetcher: string
  readonly readers: number
}

/** User-Agents in memory. A feed is polled by a few hundred kinds; the rest is noise. */
const maxRemembered = 2_000
/** Sources of one fetcher for one feed and day. A real fetcher has a few; the limit stops scripts that invent them. */
const maxSources = 20
/** Rows for one write, because anybody can request any combination of topics. */
const maxNoted = 2_000
const writeEveryMs = 30_000
const dayMs = 86_400_000

export function openReadership({ database, clock, log }: { database: Database; clock: Clock; log: Log }): Readership {
  const remembered = new LruCache<string, { readonly claim: Claim | undefined }>(maxRemembered)
  /** Claims not yet written. Key: feed, fetcher and source. */
  let noted = new Map<string, { feed: string; claim: Claim }>()
  let sources = new Map<string, Set<string>>()
  let sourcesDay = ''

  function claimOf(userAgent: string): Claim | undefined {
    const known = remembered.get(userAgent)
    if (known) return known.claim
    const claim = readClaim(userAgent)
    remembered.set(userAgent, { claim })
    return claim
  }

  async function write(): Promise<void> {
    if (noted.size === 0) return
    const rows = [...noted.values()]
    noted = new Map()
    await writeClaims(database, dayOf(clock.now()), rows)
  }

  const writer = new CoalescedTask(write, (error) => logWarning(log, error, 'could not store claims of feed readers'))
  const stopTicks = clock.every(writeEveryMs, () => writer.trigger())

  return {
    note(target, userAgent) {
      const claim = userAgent === undefined ? undefined : claimOf(userAgent)
      if (!claim) return
      const address = parseFeedAddress(target)
      if (!address || address.archive !== undefined) return
      const feed = feedPath(address)
      const today = dayOf(clock.now())
      if (today !== sourcesDay) {
        writer.trigger()
        sources = new Map()
        sourcesDay = today
      }
      if (noted.size >= maxNoted) return
      const key = `${feed} ${claim.fetcher}`
      const known = sources.get(key) ?? new Set()
      if (!known.has(claim.source) && known.size >= maxSources) return
      sources.set(key, known.add(claim.source))
      noted.set(`${key} ${claim.source}`, { feed, claim })
    },
    async claimed() {
      writer.trigger()
      await writer.settled()
      const rows = await readClaims(database, dayOf(new Date(clock.now().getTime() - dayMs)))
      const latest = new Map(rows.map((row) => [`${row.feed} ${row.fetcher} ${row.source}`, row]))
      const sums = new Map<string, { feed: string; fetcher: string; readers: number }>()
      for (const { feed, fetcher, readers } of latest.values()) {
        const sum = sums.get(`${feed} ${fetcher}`) ?? { feed, fetcher, readers: 0 }
        sums.set(`${feed} ${fetcher}`, { ...sum, readers: sum.readers + readers })
      }
      return [...sums.values()]
    },
    async close() {
      stopTicks()
      writer.trigger()
      await writer.settled()
    },
  }
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
