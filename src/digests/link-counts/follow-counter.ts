import type { Clock, Stop } from '../../platform/clock.ts'
import { CoalescedTask } from '../../platform/coalesced-task.ts'
import type { Database } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import { addFollowed, type CountedLink, readCountedLink } from './link-count-store.ts'

export type { CountedLink } from './link-count-store.ts'

/** The parts of a request that tell a person from a scanner. They are never stored. */
export interface Follower {
  readonly networkAddress: string
  readonly userAgent: string
  /** The browser, or a program in front of it, prefetches. */
  readonly isPrefetch: boolean
}

/** Counts links that people follow. Ignores scanners and prefetching programs. */
export interface FollowCounter {
  /** The link of an id, or undefined. Counts nothing. */
  find(id: string): Promise<CountedLink | undefined>
  /** Counts after `windowMs`, unless the visit looks like a program by then. */
  count(link: CountedLink, follower: Follower): void
  /** Marks the visit as a program, such as for a request that no browser makes. Nothing of this visit counts. */
  doubt(link: CountedLink, networkAddress: string): void
  /** Writes the counts and stops. */
  stop(): Promise<void>
}

interface Visit {
  readonly links: Set<string>
  isProgram: boolean
  /** Milliseconds. */
  lastAt: number
}

/** A visit that follows this many links within `windowMs` is a mail scanner. */
const mostLinks = 4
const windowMs = 10_000
/** Two links within this time come from a program: a person is slower. */
const hastyMs = 1_000
/** Limit of visits in memory. Beyond it nothing is counted, so that a flood of requests costs no memory. */
const mostFollowers = 10_000

const program =
  /bot|crawl|spider|scan|preview|fetch|monitor|proofpoint|barracuda|mimecast|safelinks|symantec|trend ?micro|fireeye|sophos|python|curl|wget|java\/|go-http|okhttp|axios|node|headless|phantom|externalhit|^$/i

export function startFollowCounter({ database, clock, log }: { database: Database; clock: Clock; log: Log }): FollowCounter {
  /** Key: network address and issue. A visit ends `windowMs` after its first link. */
  const seen = new Map<string, Visit>()
  const endings = new Set<Stop>()
  let counts = new Map<string, number>()

  function settle(key: string): void {
    const visit = seen.get(key)
    seen.delete(key)
    if (!visit || visit.isProgram || visit.links.size >= mostLinks) return
    for (const id of visit.links) counts.set(id, (counts.get(id) ?? 0) + 1)
  }

  const writer = new CoalescedTask(
    async () => {
      const written = counts
      counts = new Map()
      if (written.size > 0) await database.transaction((tx) => addFollowed(tx, written))
    },
    (error) => logError(log, error, 'could not store link counts'),
  )

  /** Undefined when `mostFollowers` visits are open. */
  function visitOf({ issueId }: CountedLink, networkAddress: string): Visit | undefined {
    const key = `${networkAddress} ${issueId}`
    const visit = seen.get(key)
    if (visit || seen.size >= mostFollowers) return visit
    const newVisit: Visit = { links: new Set(), isProgram: false, lastAt: Number.NEGATIVE_INFINITY }
    seen.set(key, newVisit)
    const ending = clock.after(windowMs, () => {
      endings.delete(ending)
      settle(key)
      writer.trigger()
    })
    endings.add(ending)
    return newVisit
  }

  return {
    find: (id) => readCountedLink(database, id),
    count(link, { networkAddress, userAgent, isPrefetch }) {
      if (isPrefetch || program.test(userAgent.trim())) return
      const visit = visitOf(link, networkAddress)
      if (!visit || visit.links.has(link.id)) return
      const now = clock.now().getTime()
      // A mail program loads the tracking pixel by itself, at any moment.
      if (link.kind !== 'open') {
        if (now - visit.lastAt < hastyMs) visit.isProgram = true
        visit.lastAt = now
      }
      visit.links.add(link.id)
    },
    doubt(link, networkAddress) {
      const visit = visitOf(link, networkAddress)
      if (visit) visit.isProgram = true
    },
    async stop() {
      for (const ending of endings) ending()
      for (const key of [...seen.keys()]) settle(key)
      writer.trigger()
      await writer.settled()
    },
  }
}
