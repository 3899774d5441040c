import { wireDomain } from '../../platform/email-address.ts'

/** What a receiving domain that throttles gets, over all processes. */
export interface Throttle {
  /** Simultaneous deliveries; at least 1. */
  readonly atOnce: number
  /** No delivery before this: milliseconds since 1970. */
  readonly pauseUntil: number
  readonly pauseMs: number
  /** Accepted since `atOnce` last changed. */
  readonly accepted: number
}

/** How many processes send, and the rank of this one among them, from 0. */
export interface SenderRank {
  readonly senders: number
  readonly rank: number
}

const shortestPauseMs = 5_000
const longestPauseMs = 300_000
/** Clocks of two processes may differ by this much; a start warns of more. */
const clockSlackMs = 5_000
/** What cannot be divided among the senders goes round: each has it for so long, without the gap at the end. */
const roundMs = 10_000
/** In the gap nobody has it, so that deliveries of the last one end before the next one begins. */
const gapMs = 1_000

/** The throttle after the first refusal. `underWay`: deliveries of this process to the domain; those of others are not known. */
export function firstThrottle(underWay: number, now: number): Throttle {
  return { atOnce: Math.max(1, Math.floor(underWay / 2)), pauseUntil: now + shortestPauseMs, pauseMs: shortestPauseMs, accepted: 0 }
}

/** Halves the limit. Refusals during the pause belong to deliveries that started before it, and count once. */
export function refusedAgain(throttle: Throttle, now: number): Throttle {
  if (isPaused(throttle, now)) return throttle
  const pauseMs = Math.min(throttle.pauseMs * 2, longestPauseMs)
  return { atOnce: Math.max(1, Math.floor(throttle.atOnce / 2)), pauseUntil: now + pauseMs, pauseMs, accepted: 0 }
}

/** Adds one to the limit after each `atOnce` accepted deliveries. Undefined: the limit has reached `mostAtOnce` and is lifted. */
export function acceptedMore(throttle: Throttle, count: number, mostAtOnce: number): Throttle | undefined {
  const accepted = throttle.accepted + count
  if (accepted < throttle.atOnce) return { ...throttle, accepted }
  const atOnce = throttle.atOnce + 1
  return atOnce >= mostAtOnce ? undefined : { ...throttle, atOnce, accepted: 0, pauseMs: Math.max(shortestPauseMs, throttle.pauseMs / 2) }
}

/** Ignores a pause that ends later than its length from now: the clock was set back. */
export function isPaused({ pauseUntil, pauseMs }: Throttle, now: number): boolean {
  return now < pauseUntil && pauseUntil - now <= pauseMs + clockSlackMs
}

/** Simultaneous deliveries of one sender. The shares of all senders add up to `atOnce` at most. May be 0: then others have their turn. */
export function shareOf({ atOnce }: Throttle, { senders, rank }: SenderRank, now: number): number {
  const left = atOnce % senders
  const isTurn = (rank + Math.floor(now / roundMs)) % senders < left && now % roundMs < roundMs - gapMs
  return Math.floor(atOnce / senders) + (isTurn ? 1 : 0)
}

/** The normalised receiving domain of an address. */
export function domainOf(address: string): string {
  return wireDomain(address).toLowerCase()
}
