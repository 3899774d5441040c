import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** RFC 8301 §3.2. Large receivers reject signatures of shorter keys. */
const minBits = 2_048

/** Parses a private key for DKIM from PEM text, in which `\n` may replace a line break. `fault` says why the key is unusable. */
export function readDkimKey(pem: string): { readonly key: KeyObject } | { readonly fault: string } {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: pem.replaceAll('\\n', '\n'), format: 'pem' })
  } catch {
    return { fault: 'must be a private key in PEM form, without a passphrase' }
  }
  const kind = key.asymmetricKeyType
  if (kind !== 'rsa') return { fault: `must be an RSA key: receivers such as Gmail do not verify keys of type ${kind}` }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < minBits) return { fault: `must be an RSA key of at least ${minBits} bits, and has ${bits}` }
  return canSign(key) ? { key } : { fault: 'cannot sign: the key is damaged' }
}

/** A damaged key signs without an error, but its signatures do not verify. */
function canSign(key: KeyObject): boolean {
  const text = Buffer.from('a trial')
  try {
    return verify('sha256', text, createPublicKey(key), sign('sha256', text, key))
  } catch {
    return false
  }
}
