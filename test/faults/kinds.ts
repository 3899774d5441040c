import type { Fault } from './receiver-process.ts'

export interface FaultKind extends Fault {
  /** In the short form, which the suite runs. */
  readonly isShort?: true
  /** The server may have the message, and did not say so: at most these are uncertain. Of all others none is. */
  readonly mayBeUncertain?: true
  /** The message is larger than what the operating system takes at once. */
  readonly isLarge?: true
}

const dot = { stage: 'dot', mayBeUncertain: true } as const

/** All that a receiver may do to us, at each stage of a conversation (RFC 5321 §4.2). */
export const faultKinds: readonly FaultKind[] = [
  { stage: 'greeting', does: 'drop', every: 3 },
  { stage: 'ehlo', does: 'drop', every: 3 },
  { stage: 'mail', does: 'drop', every: 7 },
  { stage: 'rcpt', does: 'drop', every: 7 },
  { stage: 'data', does: 'drop', every: 7, isShort: true },
  { stage: 'body', does: 'drop', every: 7, mayBeUncertain: true, isShort: true },
  { stage: 'body', does: 'drop', every: 2, isLarge: true, isShort: true },
  { ...dot, does: 'drop', every: 7, isShort: true },
  { ...dot, does: 'accept', every: 7, isShort: true },
  { stage: 'greeting', does: '421 4.3.2 not now', every: 3, isShort: true },
  { stage: 'ehlo', does: '421 4.3.2 not now', every: 3 },
  { stage: 'starttls', does: 'drop', every: 1, isShort: true },
  { stage: 'starttls', does: 'nonsense', every: 1 },
  { stage: 'starttls', does: '454 4.7.0 TLS not available', every: 1 },
  ...(['mail', 'rcpt', 'data', 'dot'] as const).flatMap((stage): FaultKind[] => [
    { stage, does: '421 4.7.0 too much from you', every: 7, ...(stage === 'rcpt' ? { isShort: true } : {}) },
    { stage, does: '450 4.2.0 greylisted', every: 7, ...(stage === 'rcpt' ? { isShort: true } : {}) },
    { stage, does: '451 4.3.0 try again later', every: 7, ...(stage === 'dot' ? { isShort: true } : {}) },
    { stage, does: '550 5.1.1 no such user', every: 7, ...(stage === 'rcpt' ? { isShort: true } : {}) },
    { stage, does: '554 5.6.0 not liked', every: 7, ...(stage === 'data' ? { isShort: true } : {}) },
    { stage, does: '550 5.7.1 not from you', every: 7, ...(stage === 'dot' || stage === 'mail' ? { isShort: true } : {}) },
  ]),
  { stage: 'greeting', does: 'stall', every: 3 },
  { stage: 'rcpt', does: 'stall', every: 7 },
  { stage: 'data', does: 'stall', every: 7, isShort: true },
  { ...dot, does: 'stall', every: 7, isShort: true },
  { stage: 'greeting', does: 'nonsense', every: 3 },
  { stage: 'rcpt', does: 'nonsense', every: 7, isShort: true },
  { stage: 'data', does: 'nonsense', every: 7 },
  { ...dot, does: 'nonsense', every: 7, isShort: true },
]

export function nameOf({ stage, does, isLarge }: FaultKind): string {
  const where = { greeting: 'at the greeting', ehlo: 'at EHLO', starttls: 'at STARTTLS', mail: 'at MAIL', rcpt: 'at RCPT' }[stage as string]
  const when =
    where ?? { data: 'at DATA', body: `in mid-body${isLarge ? ' of a large message' : ''}`, dot: 'after the final dot' }[stage as string]
  const words: Readonly<Record<string, string>> = {
    drop: 'drops',
    stall: 'stalls',
    nonsense: 'talks nonsense',
    accept: 'takes it and drops',
  }
  const what = words[does] ?? `says ${does}`
  return `${what} ${when}`
}
