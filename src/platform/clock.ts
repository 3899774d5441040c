/** Stops the timer. Idempotent. */
export type Stop = () => void

/**
 * The only source of time. Pure functions take `now: Date` instead of a clock.
 * Callbacks are triggers: a tick may come late, twice or not at all.
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

/** The longest delay of setTimeout (2³¹ − 1 ms). A longer wait wakes early, which triggers allow. */
const longestDelayMs = 2_147_483_647

/** Keeps the loading of node-cron out of the start. */
const cronAfterMs = 1_000

/** The machine's clock. `onFailure` is called if node-cron cannot be loaded; then `everyMinute` never ticks. */
export function systemClock(onFailure: (error: Error) => void = () => {}): Clock {
  return {
    now: () => new Date(),
    everyMinute(tick) {
      let isStopped = false
      let stop: Stop = () => {}
      // The first tick is up to a minute away, so the module is loaded after the start.
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
