import type { Clock } from '../../platform/clock.ts'
import type { Database, Lock } from '../../platform/database/database.ts'
import { heldLocks } from '../../platform/database/held-locks.ts'
import type { Log } from '../../platform/log.ts'
import { count } from '../../platform/process-counters.ts'
import { hasLeases, reap } from './claim-store.ts'
import type { SenderRank } from './domain-throttle.ts'

export interface SenderPlaceContext {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

/** Processes that may send at the same time from one PostgreSQL database. */
const maxSenders = 16

function lockOf(number: number): string {
  return number === 1 ? 'sender' : `sender-${number}`
}

/** The right to send, held by a database lock. */
export class SenderPlace {
  readonly #context: SenderPlaceContext
  /** One on SQLite. On PostgreSQL several processes share the work, each with its own leases. */
  readonly #places: number
  #held: { readonly lock: Lock; readonly holder: string } | undefined
  /** Of this process, so that after a restart of the database no other place is taken whose owner comes back. */
  #lastNumber = 1

  constructor(context: SenderPlaceContext) {
    this.#context = context
    this.#places = context.database.engine === 'postgres' ? maxSenders : 1
  }

  /** The prefix of this place's leases. */
  get holder(): string | undefined {
    return this.#held?.holder
  }

  /** False if other processes hold all places. Cleans up the leases of the previous holder. */
  async take(places = this.#places): Promise<boolean> {
    const { database } = this.#context
    const numbers = Array.from({ length: places }, (_, index) => index + 1)
    for (const number of [...numbers.filter((one) => one === this.#lastNumber), ...numbers.filter((one) => one !== this.#lastNumber)]) {
      if (this.#held?.lock.isHeld()) break
      const lock = await database.lock(lockOf(number))
      if (!lock) continue
      this.#held = { lock, holder: `${number} ` }
      this.#lastNumber = number
    }
    if (!this.#held?.lock.isHeld()) return false
    if (await hasLeases(database)) await this.#reapLeftovers(this.#held.holder)
    return true
  }

  /** False if another process holds the first place. */
  takeFirst(): Promise<boolean> {
    return this.take(1)
  }

  async release(): Promise<void> {
    await this.#held?.lock.release()
    this.#held = undefined
  }

  /** Asks the locks who sends now, so that one who died does not count. */
  async rank(): Promise<SenderRank> {
    const numbers = Array.from({ length: this.#places }, (_, index) => index + 1)
    const held = await heldLocks(this.#context.database, numbers.map(lockOf))
    const senders = numbers.filter((number) => number === this.#lastNumber || held.has(lockOf(number)))
    return { senders: senders.length, rank: senders.indexOf(this.#lastNumber) }
  }

  /** Between runs this process has no leases, so any found were left by a crash or an error. */
  async #reapLeftovers(holder: string): Promise<void> {
    const { database, clock, log } = this.#context
    const now = clock.now()
    const { released, uncertain } = await database.transaction(async (tx) => {
      const own = await reap(tx, now, holder)
      // With several senders, also clear expired leases of places that nobody took over.
      const others = this.#places > 1 ? await reap(tx, now) : { released: 0, uncertain: 0 }
      return { released: own.released + others.released, uncertain: own.uncertain + others.uncertain }
    })
    if (released > 0) count('leases_expired_total', ['queued'], released)
    if (uncertain > 0) count('leases_expired_total', ['uncertain'], uncertain)
    if (released + uncertain > 0) log.warn({ released, uncertain }, 'cleaned up after a process that ended while sending')
  }
}
