import { wireDomain } from '../../platform/email-address.ts'

/** Limits simultaneous deliveries per receiving domain. A domain has no limit until it throttles. */
export interface Domains {
  /** True if a delivery to the domain may start now; urgent ones always may. Call `leave` when it ends. */
  enter(domain: string, now: Date, isUrgent?: boolean): boolean
  leave(domain: string, outcome: 'accepted' | 'throttled' | 'other', now: Date): void
  /** When to try a postponed delivery again. Each call returns a later time, so that they do not all come back together. */
  nextTryAt(domain: string, now: Date): Date
}

interface Throttle {
  /** Simultaneous deliveries. */
  limit: number
  /** No delivery before this: milliseconds since 1970. */
  pauseUntil: number
  pauseMs: number
  /** Accepted since the limit last changed. */
  accepted: number
  nextTurnAt: number
}

const shortestPauseMs = 5_000
const longestPauseMs = 300_000
/** Estimated time of one delivery; spaces the next tries. A try that comes too early is only postponed again. */
const turnMs = 200
/** Longest wait for a try: by then the domain may accept more again. */
const longestTurnMs = 120_000

/** Halves a domain's limit when it throttles, and adds one after each `limit` accepted deliveries. */
export function trackDomains(connections: number): Domains {
  const under = new Map<string, number>()
  const throttles = new Map<string, Throttle>()

  function throttle(domain: string, now: number): void {
    const known = throttles.get(domain)
    if (!known) {
      const limit = Math.max(1, Math.floor((under.get(domain) ?? 1) / 2))
      throttles.set(domain, { limit, pauseUntil: now + shortestPauseMs, pauseMs: shortestPauseMs, accepted: 0, nextTurnAt: 0 })
    } else if (now >= known.pauseUntil) {
      // Refusals during the pause belong to deliveries that started before it, and count once.
      known.limit = Math.max(1, Math.floor(known.limit / 2))
      known.pauseMs = Math.min(known.pauseMs * 2, longestPauseMs)
      known.pauseUntil = now + known.pauseMs
      known.accepted = 0
    }
  }

  function accept(domain: string): void {
    const known = throttles.get(domain)
    if (!known) return
    known.accepted++
    if (known.accepted < known.limit) return
    known.limit++
    known.accepted = 0
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
      else if (outcome === 'accepted') accept(domain)
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

/** Ignores a pause that ends later than `pauseMs` from now: the clock was set back. */
function isPaused({ pauseUntil, pauseMs }: Throttle, now: number): boolean {
  return now < pauseUntil && pauseUntil - now <= pauseMs
}

/** The normalised receiving domain of an address. */
export function domainOf(address: string): string {
  return wireDomain(address).toLowerCase()
}
