import type { Clock, Stop } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import { addFollowed, type MeasuredLink, readMeasuredLink } from './measure-store.ts'

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
  find(id: string): Promise<MeasuredLink | undefined>
  /** Counts, unless it turns out within a few seconds that no person was there. */
  count(link: MeasuredLink, follower: Follower): void
  /** Writes what is counted and stops. */
  stop(): Promise<void>
}

/** No person follows this many links of one issue in this time; scanners of mail follow them all. */
const mostLinks = 4
const windowMs = 10_000
/** Followers remembered for the window; beyond that nothing is counted, so that a flood costs no memory. */
const mostFollowers = 10_000

const program =
  /bot|crawl|spider|scan|preview|fetch|monitor|proofpoint|barracuda|mimecast|safelinks|symantec|trend ?micro|fireeye|sophos|python|curl|wget|java\/|go-http|okhttp|axios|node|headless|phantom|externalhit|^$/i

export function startFollowCounter({ database, clock, log }: { database: Database; clock: Clock; log: Log }): FollowCounter {
  /** By follower and issue: the links they followed in the window that began with the first. */
  const seen = new Map<string, Set<string>>()
  const endings = new Set<Stop>()
  let counts = new Map<string, number>()
  let writing: Promise<void> = Promise.resolve()

  function settle(key: string): void {
    const links = seen.get(key)
    seen.delete(key)
    if (!links || links.size >= mostLinks) return
    for (const id of links) counts.set(id, (counts.get(id) ?? 0) + 1)
  }

  function write(): Promise<void> {
    const written = counts
    counts = new Map()
    if (written.size === 0) return writing
    writing = writing
      .then(() => database.transaction((tx) => addFollowed(tx, written)))
      .catch((error: Error) => log.error({ reason: error.message, links: written.size }, 'what was followed could not be counted'))
    return writing
  }

  return {
    find: (id) => readMeasuredLink(database, id),
    count(link, { networkAddress, userAgent, isPrefetch }) {
      if (isPrefetch || program.test(userAgent.trim())) return
      const key = `${networkAddress} ${link.issueId}`
      const links = seen.get(key)
      if (links) {
        links.add(link.id)
        return
      }
      if (seen.size >= mostFollowers) return
      seen.set(key, new Set([link.id]))
      const ending = clock.after(windowMs, () => {
        endings.delete(ending)
        settle(key)
        void write()
      })
      endings.add(ending)
    },
    async stop() {
      for (const ending of endings) ending()
      for (const key of [...seen.keys()]) settle(key)
      await write()
    },
  }
}
