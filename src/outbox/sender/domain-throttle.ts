import { wireDomain } from '../../platform/email-address.ts'

/** How much each receiving domain takes at a time: as much as there are connections, until it asks for less. */
export interface Domains {
  /** True where another may be handed over to the domain now, as one that is urgent always may; then `leave` follows. */
  enter(domain: string, now: Date, isUrgent?: boolean): boolean
  leave(domain: string, outcome: 'taken' | 'throttled' | 'other', now: Date): void
  /** When one that may not now is worth another look. Each call gives the next in the row a later turn. */
  nextTryAt(domain: string, now: Date): Date
}

interface Throttle {
  /** How many at a time. */
  limit: number
  /** Nothing before this: milliseconds since 1970. */
  pauseUntil: number
  pauseMs: number
  /** Since the limit was last changed. */
  taken: number
  nextTurnAt: number
}

const shortestPauseMs = 5_000
const longestPauseMs = 300_000
/** A guess at how long one takes, by which those that wait get their turns; too early a turn only gives them another. */
const turnMs = 200
/** Nobody waits longer for a turn than this: by then the domain may have opened up again. */
const longestTurnMs = 120_000

/** Halves what a domain gets when it throttles, and adds one each time it has taken as many as it may have at once. */
export function trackDomains(connections: number): Domains {
  const under = new Map<string, number>()
  const throttles = new Map<string, Throttle>()

  function throttle(domain: string, now: number): void {
    const known = throttles.get(domain)
    if (!known) {
      const limit = Math.max(1, Math.floor((under.get(domain) ?? 1) / 2))
      throttles.set(domain, { limit, pauseUntil: now + shortestPauseMs, pauseMs: shortestPauseMs, taken: 0, nextTurnAt: 0 })
    } else if (now >= known.pauseUntil) {
      // Those that were under way together are refused together: that is one word, not many.
      known.limit = Math.max(1, Math.floor(known.limit / 2))
      known.pauseMs = Math.min(known.pauseMs * 2, longestPauseMs)
      known.pauseUntil = now + known.pauseMs
      known.taken = 0
    }
  }

  function take(domain: string): void {
    const known = throttles.get(domain)
    if (!known) return
    known.taken++
    if (known.taken < known.limit) return
    known.limit++
    known.taken = 0
    known.pauseMs = Math.max(shortestPauseMs, known.pauseMs / 2)
    if (known.limit >= connections) throttles.delete(domain)
  }

  return {
    enter(domain, now, isUrgent = false) {
      const known = throttles.get(domain)
      const count = under.get(domain) ?? 0
      if (known && !isUrgent && (isPaused(known, now.getTime()) || count >= known.limit)) return false
      under.set(domain, count + 1)
      return true
    },
    leave(domain, outcome, now) {
      if (outcome === 'throttled') throttle(domain, now.getTime())
      else if (outcome === 'taken') take(domain)
      const count = (under.get(domain) ?? 1) - 1
      if (count > 0) under.set(domain, count)
      else under.delete(domain)
    },
    nextTryAt(domain, now) {
      const known = throttles.get(domain)
      if (!known) return now
      const soonest = Math.max(known.pauseUntil, now.getTime() + turnMs)
      const latest = Math.max(soonest, now.getTime() + longestTurnMs)
      known.nextTurnAt = Math.min(Math.max(known.nextTurnAt + turnMs / known.limit, soonest), latest)
      return new Date(known.nextTurnAt)
    },
  }
}

/** A clock that was set back must not keep a domain waiting for what is then far ahead. */
function isPaused({ pauseUntil, pauseMs }: Throttle, now: number): boolean {
  return now < pauseUntil && pauseUntil - now <= pauseMs
}

/** The receiving domain of an address, as it is compared. */
export function domainOf(address: string): string {
  return wireDomain(address).toLowerCase()
}
