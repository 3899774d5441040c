import type { Clock } from '../platform/clock.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logWarning } from '../platform/log.ts'
import { LruCache } from '../platform/lru-cache.ts'
import { type Claim, readClaim } from './claims.ts'
import { DailyClaims } from './daily-claims.ts'
import { readClaims, writeClaims } from './store.ts'

/** Numbers of feed readers, as feed fetchers claim them. */
export interface Readership {
  /** Records the claim of a request. Fast enough for every request: a known User-Agent costs one look-up. */
  note(target: string, userAgent: string | undefined): void
  /** The latest claims of the last two days, added up by feed and fetcher. Small pairs are added up under the feed `other`. */
  claimed(): Promise<readonly ClaimedReaders[]>
  close(): Promise<void>
}

export interface ClaimedReaders {
  /** The feed's path, or `other`. */
  readonly feed: string
  readonly fetcher: string
  readonly readers: number
}

export interface ReadershipContext {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** The path of the live feed that answers this target of a request. */
  readonly feedAt: (target: string) => string | undefined
}

/** User-Agents in memory. A feed is polled by a few hundred kinds; the rest is noise. */
const maxRemembered = 2_000
/** Pairs of feed and fetcher that are told one by one, so that `/metrics` stays small. */
const maxTold = 500
const writeEveryMs = 30_000
const dayMs = 86_400_000

export function openReadership({ database, clock, log, feedAt }: ReadershipContext): Readership {
  const remembered = new LruCache<string, { readonly claim: Claim | undefined }>(maxRemembered)
  let today = new DailyClaims(dayOf(clock.now()))
  /** Days that ended with claims not yet written: at most one. */
  let ended: DailyClaims[] = []

  function claimOf(userAgent: string): Claim | undefined {
    const known = remembered.get(userAgent)
    if (known) return known.claim
    const claim = readClaim(userAgent)
    remembered.set(userAgent, { claim })
    return claim
  }

  async function write(): Promise<void> {
    const days = [...ended, today]
    ended = []
    for (const day of days) {
      if (!day.hasNew) continue
      // An earlier start or another process may have used up the day.
      if (!day.isLoaded) day.load(await readClaims(database, day.day, day.day))
      const claims = day.takeNew()
      if (claims.length > 0) await writeClaims(database, day.day, claims)
    }
  }

  const writer = new CoalescedTask(write, (error) => logWarning(log, error, 'could not store claims of feed readers'))
  const stopTicks = clock.every(writeEveryMs, () => writer.trigger())

  return {
    note(target, userAgent) {
      const claim = userAgent === undefined ? undefined : claimOf(userAgent)
      const feed = claim && feedAt(target)
      if (!claim || feed === undefined) return
      const day = dayOf(clock.now())
      if (day !== today.day) {
        // Only the last day waits: a database that does not answer must not pile them up.
        ended = today.hasNew ? [today] : []
        today = new DailyClaims(day)
        writer.trigger()
      }
      today.note(feed, claim)
    },
    async claimed() {
      writer.trigger()
      await writer.settled()
      const now = clock.now()
      return largest(sumsOf(await readClaims(database, dayOf(new Date(now.getTime() - dayMs)), dayOf(now))))
    },
    async close() {
      stopTicks()
      writer.trigger()
      await writer.settled()
    },
  }
}

interface StoredClaim extends ClaimedReaders {
  readonly source: string
}

/** Of each source only the latest row counts. `rows` are in the order of their days. */
function sumsOf(rows: readonly StoredClaim[]): ClaimedReaders[] {
  const latest = new Map(rows.map((row) => [`${row.feed} ${row.fetcher} ${row.source}`, row]))
  return added([...latest.values()])
}

function largest(pairs: readonly ClaimedReaders[]): ClaimedReaders[] {
  const sorted = [...pairs].sort((one, other) => other.readers - one.readers)
  const rest = sorted.slice(maxTold).map(({ fetcher, readers }) => ({ feed: 'other', fetcher, readers }))
  return [...sorted.slice(0, maxTold), ...added(rest)]
}

/** Adds up by feed and fetcher. */
function added(claims: readonly ClaimedReaders[]): ClaimedReaders[] {
  const sums = new Map<string, ClaimedReaders>()
  for (const { feed, fetcher, readers } of claims) {
    const key = `${feed} ${fetcher}`
    sums.set(key, { feed, fetcher, readers: readers + (sums.get(key)?.readers ?? 0) })
  }
  return [...sums.values()]
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
