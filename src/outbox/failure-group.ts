import { createHash } from 'node:crypto'
import { redact } from '../platform/redact.ts'
import { isAboutUs, isNoAddress, isTemporary, readReply } from './smtp/reply.ts'

/** Why deliveries failed, as far as it is the same for several of them. */
export interface FailureKind {
  /** Stable name of the group, for links and commands. */
  readonly key: string
  /** SMTP code; 0 if no reply came. */
  readonly code: number
  /** Enhanced status code (RFC 3463). */
  readonly status: string | undefined
  /** The reply without addresses, host names and numbers of single messages. */
  readonly text: string
  /** Whether a retry may succeed: the cause may pass, or the operator may mend it. */
  readonly mayPass: boolean
  /** The address does not exist: it was suppressed. */
  readonly isNoAddress: boolean
}

const maxCharacters = 200
const gaveUp = /^given up after \d+ tries: /

/** The group of a failed delivery by its reply. Undefined: the reply of an erased reader. */
export function failureKindOf(reply: string | undefined): FailureKind {
  const given = reply?.replace(gaveUp, '') ?? ''
  const read = readReply(given)
  const text = withoutNumbers(redact(given.slice(0, 4 * maxCharacters))).slice(0, maxCharacters)
  return {
    key: createHash('sha256').update(text.toLowerCase()).digest('base64url').slice(0, 16),
    code: read.code,
    status: read.status,
    text,
    mayPass: reply !== undefined && !given.startsWith('not sendable') && mayPass(read),
    isNoAddress: isNoAddress(read) && !isAboutUs(read),
  }
}

/** Full mailboxes, systems and networks (RFC 3463 §3.3 to §3.5), and refusals about the sender, which the operator can mend. */
function mayPass(reply: ReturnType<typeof readReply>): boolean {
  if (isAboutUs(reply) || isTemporary(reply)) return true
  if (isNoAddress(reply)) return false
  return reply.code === 552 || /^5\.(?:2\.[0-4]|[345]\.)/.test(reply.status ?? '')
}

/** Removes what differs from message to message: addresses and tokens, which `redact` marks, host names, IP addresses, ids of messages and sessions. */
function withoutNumbers(text: string): string {
  return text
    .replace(/‹[^›]{1,20}›/g, '…')
    .replace(/https?:\/\/\S+/gi, '…')
    .replace(/\b(?:[a-z\d-]{1,63}\.){1,10}[a-z]{2,63}\b/gi, '…')
    .replace(/\[?\b\d{1,3}(?:\.\d{1,3}){3}\b\]?/g, '…')
    .replace(/(?=[\w:.-]*\d)(?=[\w:.-]*[a-z:])[\w:.-]{8,}/gi, '…')
    .replace(/\d{5,}/g, '…')
    .replace(/(?:[<([]*…[>)\]]*\s*)+/g, '… ')
    .replace(/… (?=[:;,.])/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
}
