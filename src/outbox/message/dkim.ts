import { createHash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

export interface DkimIdentity {
  readonly key: KeyObject
  /** In ASCII form. For DMARC it equals the From domain or is its parent or child (RFC 7489 §3.1.1). */
  readonly domain: string
  /** The public key is at `SELECTOR._domainkey.DOMAIN`. */
  readonly selector: string
}

/** Whether DMARC accepts a signature of `domain` for mail from `other` (RFC 7489 §3.1.1). Approximate: uses no list of public suffixes. */
export function isAligned(domain: string, other: string): boolean {
  return domain === other || domain.endsWith(`.${other}`) || other.endsWith(`.${domain}`)
}

/** Runs on the thread pool: one signature takes about 0.3 ms. */
const signOnThePool = promisify(sign)

/**
 * The DKIM-Signature field (RFC 6376) to send before the message: RSA-SHA-256 over the body and every header field, including
 * List-Unsubscribe-Post (RFC 8058 §4). The body must already be in relaxed form, as `compileMessage` writes it.
 */
export async function signatureOf(message: Buffer, { key, domain, selector }: DkimIdentity, now: Date): Promise<Buffer> {
  const headEnd = message.indexOf('\r\n\r\n') + 2
  const fields = message.toString('utf8', 0, headEnd).split(/\r\n(?![ \t])/)
  fields.pop()
  const bodyHash = createHash('sha256')
    .update(message.subarray(headEnd + 2))
    .digest('base64')
  const names = fields.map((field) => field.slice(0, field.indexOf(':')))
  // Each field is named twice, so that a field added in transit breaks the signature (RFC 6376 §8.15).
  const covered = [...names, ...names].join(':')
  const unsigned =
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain};\r\n s=${selector}; t=${Math.floor(now.getTime() / 1_000)};` +
    `\r\n h=${inLines(covered, /.{1,72}(?::|$)/g)};\r\n bh=${bodyHash};\r\n b=`
  const signed = [...fields.map((field) => `${relaxed(field)}\r\n`), relaxed(unsigned)].join('')
  const signature = await signOnThePool('sha256', Buffer.from(signed), key)
  return Buffer.from(`${unsigned}${inLines(signature.toString('base64'), /.{1,72}/g)}\r\n`)
}

function inLines(text: string, line: RegExp): string {
  return (text.match(line) ?? []).join('\r\n ')
}

/** Relaxed header canonicalisation (RFC 6376 §3.4.2). */
function relaxed(field: string): string {
  const colon = field.indexOf(':')
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`
}
