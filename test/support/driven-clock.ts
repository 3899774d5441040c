import type { Clock } from '../../src/platform/clock.ts'

/** A clock that stops until the test sets it. Setting it runs the callbacks that are due. */
export interface DrivenClock extends Clock {
  set(now: Date | string): void
  advance(ms: number): void
}

export function drivenClock(start: Date | string): DrivenClock {
  let now = new Date(start)
  const minutes = new Set<() => void>()
  const waits = new Set<{ at: number; wake: () => void }>()
  return {
    now: () => new Date(now),
    everyMinute(tick) {
      minutes.add(tick)
      return () => minutes.delete(tick)
    },
    // Intervals run in real time, because they only trigger polling.
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs)
      timer.unref()
      return () => clearInterval(timer)
    },
    after(delayMs, wake) {
      const wait = { at: now.getTime() + delayMs, wake }
      waits.add(wait)
      return () => waits.delete(wait)
    },
    set(to) {
      now = new Date(to)
      for (const wait of [...waits]) {
        if (wait.at > now.getTime()) continue
        waits.delete(wait)
        wait.wake()
      }
      for (const tick of [...minutes]) tick()
    },
    advance(ms) {
      this.set(new Date(now.getTime() + ms))
    },
  }
}
