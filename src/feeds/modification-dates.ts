import type { Database } from '../platform/database/database.ts'
import { type Log, logWarning } from '../platform/log.ts'
import { deleteFeedBody, readFeedBodies, writeFeedBody } from './store.ts'

/** When the bytes of each feed last changed: the value of Last-Modified, also after a restart. */
export interface ModificationDates {
  /**
   * The date for `address` with a body of this hash. A first body gets the date of its newest entry. Dates of one address never
   * repeat, so that a date identifies a body like an ETag.
   */
  of(address: string, hash: string, newestEntryAt: Date, now: Date): Date
  /** Resolves when all dates are stored. */
  settled(): Promise<void>
}

/** Limit of stored dates, because anybody can request any combination of topics. */
export const maxStored = 5_000
const secondMs = 1000

export async function openModificationDates(database: Database, log: Log): Promise<ModificationDates> {
  const known = new Map((await readFeedBodies(database)).map(({ address, hash, changedAt }) => [address, { hash, changedAt }]))
  let last: Promise<unknown> = Promise.resolve()

  function store(address: string, hash: string, changedAt: number): void {
    last = last
      .then(() => writeFeedBody(database, { address, hash, changedAt }))
      .catch((error) => logWarning(log, error, 'could not store the date of a feed; Last-Modified may change after a restart', { address }))
  }

  /** True if there is room for one more. Combinations of topics make room, so that they never keep out the feeds of the publication. */
  function makeRoom(): boolean {
    if (known.size < maxStored) return true
    for (const address of known.keys()) {
      if (!isCombination(address)) continue
      known.delete(address)
      last = last
        .then(() => deleteFeedBody(database, address))
        .catch((error) => logWarning(log, error, 'could not delete the date of a feed', { address }))
      return true
    }
    return false
  }

  return {
    of(address, hash, newestEntryAt, now) {
      const before = known.get(address)
      if (before?.hash === hash) return new Date(before.changedAt)
      const thisSecond = Math.floor(now.getTime() / secondMs) * secondMs
      // A feed without entries starts now.
      const bornAt = newestEntryAt.getTime() === 0 ? thisSecond : Math.min(thisSecond, newestEntryAt.getTime())
      const changedAt = before ? Math.max(thisSecond, before.changedAt + secondMs) : bornAt
      if (before || makeRoom()) {
        known.set(address, { hash, changedAt })
        store(address, hash, changedAt)
      }
      return new Date(changedAt)
    },
    async settled() {
      await last
    },
  }
}

/** Whether this is the feed of several topics: only such an address has a query. */
function isCombination(address: string): boolean {
  return address.includes('?')
}
