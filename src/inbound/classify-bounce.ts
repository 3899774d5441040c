import type { ReportKind } from '../outbox/reports.ts'
import { ownParts, type Part, readHeaders } from './mime.ts'

/** The kind of an incoming message. */
export type Classification =
  | { readonly kind: ReportKind; readonly status: string | undefined }
  /** The delivery will be retried, was relayed, or has arrived: no action. */
  | { readonly kind: 'delayed' | 'arrived' }
  /** An automatic reply. */
  | { readonly kind: 'auto-reply' }
  /** A mail loop: too many Received fields. */
  | { readonly kind: 'loop' }
  /** Anything else, such as mail from a person. */
  | { readonly kind: 'other' }

/** RFC 5321 §6.3 asks for at least 100 hops before a loop is assumed. */
const maxHops = 100

/** Classifies a message by its content. `matchDelivery` finds the delivery that it is about. */
export function classifyBounce(message: Part): Classification {
  if ((message.headers.get('received')?.length ?? 0) > maxHops) return { kind: 'loop' }
  const parts = ownParts(message)
  const feedback = parts.find((part) => part.type === 'message/feedback-report')
  if (feedback) return classifyFeedback(feedback.body)
  const status = parts.find((part) => /^message\/(?:global-)?delivery-status$/.test(part.type))
  if (status) return classifyStatus(status.body, textOf(parts))
  if (isInformalBounce(message, parts)) return classifyText(textOf(parts))
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
  const results = recipients.map((fields): Classification => {
    const action = /^\w+/.exec(fields.get('action')?.[0]?.toLowerCase() ?? '')?.[0]
    if (action === 'delayed') return { kind: 'delayed' }
    if (action === 'delivered' || action === 'relayed' || action === 'expanded') return { kind: 'arrived' }
    if (action !== 'failed') return { kind: 'other' }
    return failureOf(fields.get('status')?.[0] ?? '', fields.get('diagnostic-code')?.join(' ') ?? '', text)
  })
  // Each message has one recipient, so several mean a forwarder. The mildest result counts: one arrival is enough.
  return results.sort((a, b) => mildness.indexOf(a.kind) - mildness.indexOf(b.kind))[0] ?? { kind: 'other' }
}

const mildness: readonly Classification['kind'][] = ['arrived', 'delayed', 'other', 'soft', 'policy', 'hard']

const enhancedCode = /\b([245]\.\d{1,3}\.\d{1,3})\b/

/** Prefers the status in the diagnostic of the last server if the status field is a generic x.0.0. */
function failureOf(statusField: string, diagnostic: string, text: string): Classification {
  const own = enhancedCode.exec(statusField)?.[1]
  const said = /\b[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})\b/.exec(diagnostic)?.[1] ?? enhancedCode.exec(diagnostic)?.[1]
  const status = own && !/^\d\.0\.0$/.test(own) ? own : (said ?? own)
  return gradeOf(status, `${diagnostic} ${status === undefined || /\.0\.0$/.test(status) ? text : ''}`)
}

/**
 * RFC 3463: 5.1.x is about the address, 5.7.x about us. A full mailbox is soft in any class. For a generic 5.0.0 the text decides;
 * if it is unclear, the bounce is soft, and three soft bounces suppress the address.
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
  if (isUnknownUser.test(words)) return { kind: 'hard', status }
  return isPolicy(words) ? { kind: 'policy', status } : { kind: 'soft', status }
}

/** Servers write these diagnostics in English, whatever the language of the report. */
const isUnknownUser =
  /user (?:is )?unknown|unknown (?:user|recipient|local)|no such (?:user|recipient|mailbox|address)|unrouteable address|no mailbox here|mailbox (?:not found|unavailable|does ?n[o']t exist)|(?:account|address|recipient|user) (?:does not exist|doesn't (?:exist|have)|not found|rejected|has been disabled)|recipient address rejected: (?:user|undeliverable|unknown)|couldn't find any host/i

function isPolicy(words: string): boolean {
  return /spam|block(?:ed|list)|blacklist|reputation|spamhaus|dmarc|spf |policy/i.test(words) && !isUnknownUser.test(words)
}

/** Whether this is a bounce outside RFC 3464, such as those of qmail and older Exim. */
function isInformalBounce(message: Part, parts: readonly Part[]): boolean {
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
  // Ignore the returned copy of our message, which may contain any text.
  const report = text.split(/^--- ?(?:Below this line|Enclosed)|^-{3,} ?(?:This is a copy|Original message|Ursprüngliche)/im)[0] ?? ''
  if (/will be (?:re)?tried|has not yet been delivered|delayed/i.test(report) && !/permanent/i.test(report)) return { kind: 'delayed' }
  const status = /\b[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})\b/.exec(report)?.[1] ?? /\(#([45]\.\d{1,3}\.\d{1,3})\)/.exec(report)?.[1]
  return gradeOf(status, report)
}

/** Whether a message is automatic (RFC 3834, and the older fields). */
function isAutomatic({ headers }: Part): boolean {
  const submitted = headers.get('auto-submitted')?.[0]?.toLowerCase() ?? 'no'
  if (!submitted.startsWith('no')) return true
  if (['x-autoreply', 'x-autorespond', 'x-auto-reply-from'].some((name) => headers.has(name))) return true
  return /^(?:bulk|junk|auto_reply|list)\b/i.test(headers.get('precedence')?.[0] ?? '')
}

function textOf(parts: readonly Part[]): string {
  const texts: string[] = []
  for (const part of parts) {
    // The returned message is not part of the report's text.
    if (part.type === 'message/rfc822' || part.type === 'text/rfc822-headers') break
    if (part.type === 'text/plain') texts.push(part.body)
  }
  return texts.join('\n').slice(0, 20_000)
}
