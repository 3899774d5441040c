import type { Settlement } from '../delivery.ts'
import { isAboutUs, isNoAddress, isTemporary, isThrottling, readReply } from '../smtp/reply.ts'
import type { Answer } from '../smtp/transaction.ts'

/** Minutes between tries, as RFC 5321 §4.5.4.1 asks: quick at first, then hourly and more; the last one is repeated. */
const pausesMinutes = [1, 5, 15, 30, 60, 120, 180, 240]
/** A receiver that is away has two days to come back; older news has lost its worth. */
const giveUpAfterMs = 48 * 3_600_000
/** Deliveries that were refused together do not come back together: each waits up to this share longer. */
const jitter = 0.25

/** What is known of a delivery when it was tried. */
export interface Try {
  /** This one included. */
  readonly attempts: number
  readonly enqueuedAt: Date
  readonly now: Date
  /** From 0 to 1: spreads what is tried again. */
  readonly chance: () => number
}

/** What an answer means for the delivery, and for others. */
export interface Decision {
  readonly settlement: Settlement
  /** The address does not exist: it never gets mail again. */
  readonly isNoAddress?: true
  /** The receiving domain asks for less at a time. */
  readonly isThrottled?: true
  /** It is about the sender, not about this reader: the whole issue stops until the operator acts. */
  readonly isAboutUs?: true
}

/** Undefined: the delivery was withdrawn, and its row already says why. */
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

/** When to try again; undefined where it is too late for that. */
export function nextTryAt({ attempts, enqueuedAt, now, chance }: Try): Date | undefined {
  const pause = pausesMinutes[Math.min(attempts, pausesMinutes.length) - 1] as number
  const dueAt = new Date(now.getTime() + pause * 60_000 * (1 + jitter * chance()))
  return dueAt.getTime() - enqueuedAt.getTime() > giveUpAfterMs ? undefined : dueAt
}
