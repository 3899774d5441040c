import type { Clock } from '../../platform/clock.ts'
import type { Database, Lock } from '../../platform/database/database.ts'
import type { Log } from '../../platform/log.ts'
import { hasLeases, reap } from './claim-store.ts'

export interface SenderPlaceContext {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

/** Processes that may send at once from one PostgreSQL. */
const maxSenders = 16

/** A place among those who may send, as long as its lock is held. */
export class SenderPlace {
  readonly #context: SenderPlaceContext
  /** A file has one sender; on PostgreSQL several share the work, each claiming under leases of its own. */
  readonly #places: number
  #held: { readonly lock: Lock; readonly holder: string } | undefined

  constructor(context: SenderPlaceContext) {
    this.#context = context
    this.#places = context.database.engine === 'postgres' ? maxSenders : 1
  }

  /** What the leases of this place begin with. */
  get holder(): string | undefined {
    return this.#held?.holder
  }

  /** False where others have all places. Whoever takes one settles what its last holder left behind. */
  async take(places = this.#places): Promise<boolean> {
    const { database } = this.#context
    for (let number = 1; number <= places && !this.#held?.lock.isHeld(); number++) {
      const lock = await database.lock(number === 1 ? 'sender' : `sender-${number}`)
      if (lock) this.#held = { lock, holder: `${number} ` }
    }
    if (!this.#held?.lock.isHeld()) return false
    if (await hasLeases(database)) await this.#reapLeftovers(this.#held.holder)
    return true
  }

  /** False where another process has the first place. */
  takeFirst(): Promise<boolean> {
    return this.take(1)
  }

  async release(): Promise<void> {
    await this.#held?.lock.release()
    this.#held = undefined
  }

  /** Between rounds nothing is leased to us, so what seems to be was left by a process that died, or by an error of ours. */
  async #reapLeftovers(holder: string): Promise<void> {
    const { database, clock, log } = this.#context
    const now = clock.now()
    const { released, uncertain } = await database.transaction(async (tx) => {
      const own = await reap(tx, now, holder)
      // Where several send, also of those whose place nobody took: their leases are no longer renewed.
      const others = this.#places > 1 ? await reap(tx, now) : { released: 0, uncertain: 0 }
      return { released: own.released + others.released, uncertain: own.uncertain + others.uncertain }
    })
    if (released + uncertain > 0) log.warn({ released, uncertain }, 'took over from a process that ended while it was sending')
  }
}
