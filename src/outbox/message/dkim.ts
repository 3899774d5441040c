import { createHash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

export interface DkimIdentity {
  readonly key: KeyObject
  /** In its ASCII form; receivers want it to be the one of the From address, or above or below it (RFC 7489 §3.1.1). */
  readonly domain: string
  /** The public key is at `SELECTOR._domainkey.DOMAIN`. */
  readonly selector: string
}

/** Whether DMARC counts a signature of `domain` for mail from `other` (RFC 7489 §3.1.1), as far as can be told without a list of public suffixes. */
export function isAligned(domain: string, other: string): boolean {
  return domain === other || domain.endsWith(`.${other}`) || other.endsWith(`.${domain}`)
}

/** On the thread pool: one signature takes a third of a millisecond. */
const signOnThePool = promisify(sign)

/**
 * A message with its DKIM signature before it (RFC 6376): RSA-SHA-256 over the body and every header field that it has,
 * List-Unsubscribe-Post among them (RFC 8058 §4). The body must be in relaxed form already, as `compileMessage` makes it.
 */
export async function signMessage(message: Buffer, { key, domain, selector }: DkimIdentity, now: Date): Promise<Buffer> {
  const headEnd = message.indexOf('\r\n\r\n') + 2
  const fields = message.toString('utf8', 0, headEnd).split(/\r\n(?![ \t])/)
  fields.pop()
  const bodyHash = createHash('sha256')
    .update(message.subarray(headEnd + 2))
    .digest('base64')
  const names = fields.map((field) => field.slice(0, field.indexOf(':')))
  // Each is named twice: one more of its name, put in on the way, breaks the signature (RFC 6376 §8.15).
  const covered = [...names, ...names].join(':')
  const unsigned =
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain};\r\n s=${selector}; t=${Math.floor(now.getTime() / 1_000)};` +
    `\r\n h=${inLines(covered, /.{1,72}(?::|$)/g)};\r\n bh=${bodyHash};\r\n b=`
  const signed = [...fields.map((field) => `${relaxed(field)}\r\n`), relaxed(unsigned)].join('')
  const signature = await signOnThePool('sha256', Buffer.from(signed), key)
  return Buffer.concat([Buffer.from(`${unsigned}${inLines(signature.toString('base64'), /.{1,72}/g)}\r\n`), message])
}

function inLines(text: string, line: RegExp): string {
  return (text.match(line) ?? []).join('\r\n ')
}

/** RFC 6376 §3.4.2. */
function relaxed(field: string): string {
  const colon = field.indexOf(':')
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`
}
