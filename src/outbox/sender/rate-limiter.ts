import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { reserveSlots } from './claim-store.ts'

/** Limits messages per second over all connections and all processes that share the database. */
export interface RateLimiter {
  /** Resolves when the next message may start. */
  slot(): Promise<void>
  /** Releases all waiting callers. */
  stop(): void
}

/** Slots are reserved for this period: long enough for few commits, short enough to avoid bursts. */
const aheadMs = 50

/** `perSecond` undefined: no limit. */
export function makeRateLimiter(database: Database, clock: Clock, perSecond: number | undefined): RateLimiter {
  if (perSecond === undefined) return { slot: async () => {}, stop: () => {} }
  const everyMicros = Math.max(1, Math.round(1_000_000 / perSecond))
  /** A reservation further ahead comes from a clock that was set back since. */
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
    // Unused slots expire; the limiter never bursts to catch up.
    while (slots[0] !== undefined && slots[0] < now - aheadMs) slots.shift()
    if (slots[0] !== undefined && slots[0] > now + furthestAheadMs) slots = []
    for (;;) {
      const slot = slots.shift()
      // A fresh slot is valid even if reserving it was slow; otherwise a slow database would stop all sending.
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
