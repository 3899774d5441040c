/** Stops what the call that returned it started; calling it twice is harmless. */
export type Stop = () => void

/**
 * The one source of time. Only edges hold a clock; pure functions take `now: Date`.
 * What it calls back is a trigger, never a source of truth: a tick may come late, twice or not at all.
 */
export interface Clock {
  now(): Date
  /** Calls `tick` about once a minute. */
  everyMinute(tick: () => void): Stop
  /** Calls `tick` every `intervalMs` milliseconds. */
  every(intervalMs: number, tick: () => void): Stop
  /** Calls `wake` once, about `delayMs` milliseconds from now. */
  after(delayMs: number, wake: () => void): Stop
}

/** setTimeout takes no longer delay than this (2³¹ − 1 ms); a longer wait wakes early, which a trigger may. */
const longestDelayMs = 2_147_483_647

/** Long after a start has answered its first request. */
const cronAfterMs = 1_000

/** The machine's clock. `onFailure` hears where its minutes cannot be had; then only `every` and `after` tick. */
export function systemClock(onFailure: (error: Error) => void = () => {}): Clock {
  return {
    now: () => new Date(),
    everyMinute(tick) {
      let isStopped = false
      let stop: Stop = () => {}
      // Loaded when the start is over: the first tick is up to a minute away.
      const timer = setTimeout(() => {
        import('node-cron').then(({ schedule }) => {
          if (isStopped) return
          const task = schedule('* * * * *', tick)
          stop = () => void task.destroy()
        }, onFailure)
      }, cronAfterMs)
      timer.unref()
      return () => {
        isStopped = true
        clearTimeout(timer)
        stop()
      }
    },
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs)
      timer.unref()
      return () => clearInterval(timer)
    },
    after(delayMs, wake) {
      const timer = setTimeout(wake, Math.min(Math.max(delayMs, 0), longestDelayMs))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
