import type { ReportKind } from '../outbox/reports.ts'
import { ownParts, type Part, readHeaders } from './mime.ts'

/** What a message that came in is. */
export type Classification =
  | { readonly kind: ReportKind; readonly status: string | undefined }
  /** It will be tried again, was passed on, or has arrived: nothing follows. */
  | { readonly kind: 'delayed' | 'arrived' }
  /** A machine that answers everything. */
  | { readonly kind: 'auto-reply' }
  /** It has been round too often. */
  | { readonly kind: 'loop' }
  /** A person wrote, or nobody knows who. */
  | { readonly kind: 'other' }

/** Longer than any honest way (RFC 5321 §6.3 asks for at least 100 before a loop is assumed). */
const maxHops = 100

/** Judges by what the message says of itself; whose delivery it is about is another question. */
export function classifyBounce(message: Part): Classification {
  if ((message.headers.get('received')?.length ?? 0) > maxHops) return { kind: 'loop' }
  const parts = ownParts(message)
  const feedback = parts.find((part) => part.type === 'message/feedback-report')
  if (feedback) return classifyFeedback(feedback.body)
  const status = parts.find((part) => /^message\/(?:global-)?delivery-status$/.test(part.type))
  if (status) return classifyStatus(status.body, textOf(parts))
  if (isNotified(message, parts)) return classifyText(textOf(parts))
  if (isAutomatic(message)) return { kind: 'auto-reply' }
  return { kind: 'other' }
}

/** RFC 5965: only abuse and fraud are complaints; `not-spam` is the opposite. */
function classifyFeedback(body: string): Classification {
  const type = readHeaders(body).get('feedback-type')?.[0]?.toLowerCase()
  return type === 'abuse' || type === 'fraud' || type === 'virus' || type === 'opt-out'
    ? { kind: 'complaint', status: undefined }
    : { kind: 'other' }
}

/** RFC 3464: the first block is about the message, each other about one recipient. */
function classifyStatus(body: string, text: string): Classification {
  const recipients = body
    .split(/\r?\n[ \t]*\r?\n/)
    .map(readHeaders)
    .filter((fields) => fields.has('action') || fields.has('final-recipient'))
  const classifications = recipients.map((fields): Classification => {
    const action = /^\w+/.exec(fields.get('action')?.[0]?.toLowerCase() ?? '')?.[0]
    if (action === 'delayed') return { kind: 'delayed' }
    if (action === 'delivered' || action === 'relayed' || action === 'expanded') return { kind: 'arrived' }
    if (action !== 'failed') return { kind: 'other' }
    return failureOf(fields.get('status')?.[0] ?? '', fields.get('diagnostic-code')?.join(' ') ?? '', text)
  })
  // Each of our messages has one recipient: several are where a forwarder sent it, and one that got it is enough.
  return classifications.sort((a, b) => mildness.indexOf(a.kind) - mildness.indexOf(b.kind))[0] ?? { kind: 'other' }
}

const mildness: readonly Classification['kind'][] = ['arrived', 'delayed', 'other', 'soft', 'policy', 'hard']

const enhancedCode = /\b([245]\.\d{1,3}\.\d{1,3})\b/

/** What the last server said is nearer to the truth than the status of who reports it, which is often 5.0.0. */
function failureOf(statusField: string, diagnostic: string, text: string): Classification {
  const own = enhancedCode.exec(statusField)?.[1]
  const said = /\b[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})\b/.exec(diagnostic)?.[1] ?? enhancedCode.exec(diagnostic)?.[1]
  const status = own && !/^\d\.0\.0$/.test(own) ? own : (said ?? own)
  return gradeOf(status, `${diagnostic} ${status === undefined || /\.0\.0$/.test(status) ? text : ''}`)
}

/**
 * RFC 3463: 5.1.x is about the address, 5.7.x about us. A full mailbox is soft whatever its class; 5.0.0 says nothing, so words
 * decide, and where they do not, it is soft: three of those are enough.
 */
function gradeOf(status: string | undefined, words: string): Classification {
  const isPermanent = status?.startsWith('5') ?? true
  if (status !== undefined && isPermanent) {
    if (/^5\.1\.(?:[0-46]|10)$/.test(status) || status === '5.2.1')
      return isPolicy(words) ? { kind: 'policy', status } : { kind: 'hard', status }
    if (/^5\.7\./.test(status)) return { kind: 'policy', status }
    if (!/^5\.[05]\.0$/.test(status) && !/^5\.4\.1$/.test(status)) return { kind: 'soft', status }
  }
  if (!isPermanent) return { kind: 'soft', status }
  if (isNobody.test(words)) return { kind: 'hard', status }
  return isPolicy(words) ? { kind: 'policy', status } : { kind: 'soft', status }
}

/** What servers say in English, whatever the language of the message around it. */
const isNobody =
  /user (?:is )?unknown|unknown (?:user|recipient|local)|no such (?:user|recipient|mailbox|address)|unrouteable address|no mailbox here|mailbox (?:not found|unavailable|does ?n[o']t exist)|(?:account|address|recipient|user) (?:does not exist|doesn't (?:exist|have)|not found|rejected|has been disabled)|recipient address rejected: (?:user|undeliverable|unknown)|couldn't find any host/i

function isPolicy(words: string): boolean {
  return /spam|block(?:ed|list)|blacklist|reputation|spamhaus|dmarc|spf |policy/i.test(words) && !isNobody.test(words)
}

/** A report without the form of RFC 3464: qmail's, older Exim's, and what others write by hand. */
function isNotified(message: Part, parts: readonly Part[]): boolean {
  const from = message.headers.get('from')?.join(' ') ?? ''
  const type = message.headers.get('content-type')?.[0] ?? ''
  if (message.headers.has('x-failed-recipients') || /report-type="?delivery-status/i.test(type)) return true
  if (!/mailer-daemon|postmaster|mail delivery/i.test(from)) return false
  return (
    /^Hi\. This is the/m.test(textOf(parts)) ||
    /undeliver|delivery (?:status|failure|failed)|returned mail|failure notice|mail delivery failed|unzustellbar|non remis/i.test(
      message.headers.get('subject')?.[0] ?? '',
    )
  )
}

function classifyText(text: string): Classification {
  // What follows is our own mail coming back, which may say anything.
  const report = text.split(/^--- ?(?:Below this line|Enclosed)|^-{3,} ?(?:This is a copy|Original message|Ursprüngliche)/im)[0] ?? ''
  if (/will be (?:re)?tried|has not yet been delivered|delayed/i.test(report) && !/permanent/i.test(report)) return { kind: 'delayed' }
  const status = /\b[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})\b/.exec(report)?.[1] ?? /\(#([45]\.\d{1,3}\.\d{1,3})\)/.exec(report)?.[1]
  return gradeOf(status, report)
}

/** RFC 3834, and the fields that came before it. */
function isAutomatic({ headers }: Part): boolean {
  const submitted = headers.get('auto-submitted')?.[0]?.toLowerCase() ?? 'no'
  if (!submitted.startsWith('no')) return true
  if (['x-autoreply', 'x-autorespond', 'x-auto-reply-from'].some((name) => headers.has(name))) return true
  return /^(?:bulk|junk|auto_reply|list)\b/i.test(headers.get('precedence')?.[0] ?? '')
}

function textOf(parts: readonly Part[]): string {
  const texts: string[] = []
  for (const part of parts) {
    // The message that came back is not what the report says.
    if (part.type === 'message/rfc822' || part.type === 'text/rfc822-headers') break
    if (part.type === 'text/plain') texts.push(part.body)
  }
  return texts.join('\n').slice(0, 20_000)
}
