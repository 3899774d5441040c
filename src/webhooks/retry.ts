const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Pauses after the first, second … failed attempt: about three days in total. */
const pausesMs = [5 * second, minute, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 18 * hour, 22 * hour]
/** No attempt is made later than this after the first. */
export const longestMs = 72 * hour
/** Each pause is up to this share shorter or longer, so that the calls of an outage do not all come back at once. */
const jitter = 0.1

export interface FailedAttempt {
  /** Attempts made, with this one. */
  readonly tries: number
  /** When the event was raised or replayed. */
  readonly beganAt: Date
  readonly now: Date
  /** What the receiver asked for. */
  readonly retryAfterMs: number | undefined
  /** From 0 to 1. */
  readonly chance: number
}

/** When the next attempt is due; undefined if the delivery is given up. */
export function nextAttemptAt({ tries, beganAt, now, retryAfterMs = 0, chance }: FailedAttempt): Date | undefined {
  const pause = pausesMs[tries - 1]
  const lastAt = beganAt.getTime() + longestMs
  if (pause === undefined || now.getTime() >= lastAt) return undefined
  const wait = Math.max(pause * (1 - jitter + 2 * jitter * chance), retryAfterMs)
  return new Date(Math.min(now.getTime() + wait, lastAt))
}

/** Reads Retry-After (RFC 9110 §10.2.3) in milliseconds: seconds or a date. Undefined if it is absent or neither. */
export function readRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  if (/^\d{1,10}$/.test(text)) return Number(text) * second
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}
