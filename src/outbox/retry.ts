import type { Settlement } from './delivery.ts'
import type { Answer } from './transaction.ts'

/** Minutes between tries, as RFC 5321 §4.5.4.1 asks: quick at first, then hourly and more; the last one is repeated. */
const pausesMinutes = [1, 5, 15, 30, 60, 120, 180, 240]
/** A receiver that is away has two days to come back; news that is older is none. */
const giveUpAfterMs = 48 * 3_600_000
/** Those who were refused together do not come back together: each waits up to this share longer. */
const jitter = 0.25

/** What is known of a delivery when it was tried. */
export interface Try {
  /** This one included. */
  readonly attempts: number
  readonly owedAt: Date
  readonly now: Date
  /** From 0 to 1: spreads what is tried again. */
  readonly chance: () => number
}

/** What an answer means for the delivery, and for others. */
export interface Verdict {
  readonly settlement: Settlement
  /** The address does not exist: it never gets mail again. */
  readonly isNoAddress?: true
  /** The receiving domain asks for less at a time. */
  readonly isThrottled?: true
  /** It is about the sender, not about this reader: the whole issue stops until the operator has seen to it. */
  readonly isAboutUs?: true
}

/** Undefined: the delivery was withdrawn, and its row says by itself what became of it. */
export function verdictOf(answer: Exclude<Answer, { kind: 'unavailable' }>, tried: Try): Verdict | undefined {
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

function ofRefusal(text: string, tried: Try): Verdict {
  const reply = readReply(text)
  if (isAboutUs(reply)) return { settlement: { state: 'failed', reason: text }, isAboutUs: true }
  if (reply.code < 500) return { settlement: again(text, tried), ...(isThrottling(reply) ? { isThrottled: true } : {}) }
  return { settlement: { state: 'failed', reason: text }, ...(isNoAddress(reply) ? { isNoAddress: true } : {}) }
}

export interface Reply {
  readonly code: number
  /** Class, subject and detail (RFC 3463), where the server gives them. */
  readonly status: string | undefined
}

/** The reply code of `550 5.1.1 no such user`, also where nodemailer put words before it. */
export function readReply(text: string): Reply {
  const [, code = '0', status] = /\b([245]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})\b)?/.exec(text) ?? []
  return { code: Number(code), status }
}

/**
 * Policy, authentication, or our own address (RFC 3463 §3.2, §3.8; RFC 4954 §6): the same would be said of every reader there.
 */
export function isAboutUs({ code, status = '' }: Reply): boolean {
  return code >= 500 && ([530, 534, 535, 538].includes(code) || /^5\.7\.|^5\.1\.[78]$/.test(status))
}

/** Shutting the door, or a limit of how much is taken (RFC 5321 §4.2.2, RFC 3463 §3.8). */
function isThrottling({ code, status = '' }: Reply): boolean {
  return code === 421 || status.startsWith('4.7.')
}

/** RFC 3463 §3.2, save those that are about the sender's address. A code alone (550) has too many meanings. */
function isNoAddress({ status = '' }: Reply): boolean {
  return status.startsWith('5.1.')
}

function again(reason: string, { attempts, owedAt, now, chance }: Try): Settlement {
  const pause = pausesMinutes[Math.min(attempts, pausesMinutes.length) - 1] as number
  const dueAt = new Date(now.getTime() + pause * 60_000 * (1 + jitter * chance()))
  if (dueAt.getTime() - owedAt.getTime() > giveUpAfterMs) return { state: 'failed', reason: `given up after ${attempts} tries: ${reason}` }
  return { state: 'queued', reason, dueAt }
}
