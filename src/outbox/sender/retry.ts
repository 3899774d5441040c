import type { Settlement } from '../delivery.ts'
import { isAboutUs, isNoAddress, isTemporary, isThrottling, readReply } from '../smtp/reply.ts'
import type { Answer } from '../smtp/transaction.ts'

/** Minutes between attempts (RFC 5321 §4.5.4.1). The last value repeats. */
const pausesMinutes = [1, 5, 15, 30, 60, 120, 180, 240]
/** Deliveries older than this fail: the news is out of date. */
const giveUpAfterMs = 48 * 3_600_000
/** Each pause is up to this share longer, so that deliveries refused together do not return together. */
const jitter = 0.25

/** The facts about an attempt. */
export interface Try {
  /** Including this one. */
  readonly attempts: number
  readonly enqueuedAt: Date
  readonly now: Date
  /** A random number from 0 to 1, for the jitter. */
  readonly chance: () => number
}

/** What an answer means for this delivery and for others. */
export interface Decision {
  readonly settlement: Settlement
  /** The address does not exist and is suppressed. */
  readonly isNoAddress?: true
  /** The receiving domain is throttling. */
  readonly isThrottled?: true
  /** The refusal is about the sender, not about this reader: the issue is paused until the operator acts. */
  readonly isAboutUs?: true
}

/** Undefined for a withdrawn delivery: its row already has the reason. */
export function decide(answer: Exclude<Answer, { kind: 'unavailable' }>, tried: Try): Decision | undefined {
  switch (answer.kind) {
    case 'accepted':
      return { settlement: { state: 'sent', reason: answer.reply } }
    case 'withdrawn':
      return undefined
    case 'unknown':
      return { settlement: { state: 'uncertain', reason: `handed over, and no answer came: ${answer.reason}` } }
    case 'unreached':
      return { settlement: again(answer.reason, tried) }
    case 'refused':
      return ofRefusal(answer.reply, tried)
  }
}

function ofRefusal(text: string, tried: Try): Decision {
  const reply = readReply(text)
  if (isAboutUs(reply)) return { settlement: { state: 'failed', reason: text }, isAboutUs: true }
  if (isTemporary(reply)) return { settlement: again(text, tried), ...(isThrottling(reply) ? { isThrottled: true } : {}) }
  return { settlement: { state: 'failed', reason: text }, ...(isNoAddress(reply) ? { isNoAddress: true } : {}) }
}

function again(reason: string, tried: Try): Settlement {
  const dueAt = nextTryAt(tried)
  return dueAt ? { state: 'queued', reason, dueAt } : { state: 'failed', reason: `given up after ${tried.attempts} tries: ${reason}` }
}

/** When to try again; undefined if it is too late. */
export function nextTryAt({ attempts, enqueuedAt, now, chance }: Try): Date | undefined {
  const pause = pausesMinutes[Math.min(attempts, pausesMinutes.length) - 1] as number
  const dueAt = new Date(now.getTime() + pause * 60_000 * (1 + jitter * chance()))
  return dueAt.getTime() - enqueuedAt.getTime() > giveUpAfterMs ? undefined : dueAt
}
