import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { reserveSlots } from './claim-store.ts'

/** So many messages a second, over all connections and all processes that share the database. */
export interface RateLimiter {
  /** Resolves when the next message may begin. */
  slot(): Promise<void>
  /** Lets all who wait go at once. */
  stop(): void
}

/** Turns are reserved for this long ahead: few enough commits, and no burst worth the name. */
const aheadMs = 50

/** `perSecond` undefined: no limit. */
export function makeRateLimiter(database: Database, clock: Clock, perSecond: number | undefined): RateLimiter {
  if (perSecond === undefined) return { slot: async () => {}, stop: () => {} }
  const everyMicros = Math.max(1, Math.round(1_000_000 / perSecond))
  /** A thousand turns and a minute: what is further ahead is what a clock said that was set back since. */
  const furthestAheadMs = 60_000 + everyMicros
  const atOnce = Math.max(1, Math.floor((perSecond * aheadMs) / 1_000))
  let slots: number[] = []
  let reserving: Promise<void> | undefined
  let isStopped = false
  const waiting = new Set<() => void>()

  async function reserve(): Promise<void> {
    const first = await database.transaction((tx) => reserveSlots(tx, clock.now(), atOnce, everyMicros, furthestAheadMs))
    slots = Array.from({ length: atOnce }, (_, index) => (first + index * everyMicros) / 1_000)
  }

  async function next(): Promise<number> {
    const now = clock.now().getTime()
    // What was not used in its time is lost: nobody makes up for it in a burst.
    while (slots[0] !== undefined && slots[0] < now - aheadMs) slots.shift()
    if (slots[0] !== undefined && slots[0] > now + furthestAheadMs) slots = []
    for (;;) {
      const slot = slots.shift()
      // One that was reserved just now is good however long that took: a slow database must not stop all.
      if (slot !== undefined) return slot
      reserving ??= reserve().finally(() => {
        reserving = undefined
      })
      await reserving
    }
  }

  return {
    async slot() {
      if (isStopped) return
      const waitMs = (await next()) - clock.now().getTime()
      if (waitMs <= 0 || isStopped) return
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          cancel()
          resolve()
        }
        waiting.add(wake)
        const cancel = clock.after(waitMs, wake)
      })
    },
    stop() {
      isStopped = true
      for (const wake of [...waiting]) wake()
    },
  }
}
