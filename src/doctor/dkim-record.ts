import { createPublicKey, type KeyObject } from 'node:crypto'

/** A key record (RFC 6376 §3.6.1). */
export interface KeyRecord {
  readonly tags: ReadonlyMap<string, string>
  /** `p`, without white space. Empty: revoked. Undefined: there is none. */
  readonly key: string | undefined
}

/** Whether a TXT record is meant as a key: it has `v=DKIM1`, or no version and a `p`. */
export function isKeyRecord(text: string): boolean {
  const { tags } = readKeyRecord(text)
  return (tags.get('v') ?? 'DKIM1').toUpperCase() === 'DKIM1' && (tags.has('v') || tags.has('p'))
}

export function readKeyRecord(text: string): KeyRecord {
  const tags = new Map<string, string>()
  for (const part of text.split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0) tags.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  return { tags, key: tags.get('p')?.replace(/\s+/g, '') }
}

/** The public half of a private key as `p` says it: SubjectPublicKeyInfo in base64. */
export function publicKeyText(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64')
}

/** The length of a published RSA key; undefined if it cannot be read. */
export function bitsOf(key: string): number | undefined {
  try {
    const read = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    return read.asymmetricKeyDetails?.modulusLength
  } catch {
    return undefined
  }
}
