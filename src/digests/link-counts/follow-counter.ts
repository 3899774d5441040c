import type { Clock, Stop } from '../../platform/clock.ts'
import { CoalescedTask } from '../../platform/coalesced-task.ts'
import type { Database } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import { addFollowed, type CountedLink, readCountedLink } from './link-count-store.ts'

export type { CountedLink } from './link-count-store.ts'

/** Who asks for a link, as far as that tells a person from a scanner. Nothing of it is stored. */
export interface Follower {
  readonly networkAddress: string
  readonly userAgent: string
  /** The browser, or a program in front of it, looks ahead. */
  readonly isPrefetch: boolean
}

/** Counts what people follow, and leaves out what programs look at on their behalf. */
export interface FollowCounter {
  /** Where a link leads; undefined where there is none of that id. Counts nothing. */
  find(id: string): Promise<CountedLink | undefined>
  /** Counts, unless it turns out within a few seconds that no person was there. */
  count(link: CountedLink, follower: Follower): void
  /** What asks for less than a person's browser does is a program: nothing counts that comes from there just now. */
  doubt(link: CountedLink, networkAddress: string): void
  /** Writes what is counted and stops. */
  stop(): Promise<void>
}

interface Visit {
  readonly links: Set<string>
  isProgram: boolean
  /** Milliseconds. */
  lastAt: number
}

/** No person follows this many links of one issue in this time; scanners of mail follow them all. */
const mostLinks = 4
const windowMs = 10_000
/** No person goes back to the message and follows another link sooner. */
const hastyMs = 1_000
/** Followers remembered for the window; beyond that nothing is counted, so that a flood costs no memory. */
const mostFollowers = 10_000

const program =
  /bot|crawl|spider|scan|preview|fetch|monitor|proofpoint|barracuda|mimecast|safelinks|symantec|trend ?micro|fireeye|sophos|python|curl|wget|java\/|go-http|okhttp|axios|node|headless|phantom|externalhit|^$/i

export function startFollowCounter({ database, clock, log }: { database: Database; clock: Clock; log: Log }): FollowCounter {
  /** By network address and issue: what was followed in the window that began with the first. */
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
    (error) => logError(log, error, 'what was followed could not be counted'),
  )

  /** Undefined where there are too many to remember. */
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
      // The picture that counts openings is fetched by itself, together with what a reader does.
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
