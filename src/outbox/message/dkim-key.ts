import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** RFC 8301 §3.2: shorter ones are to be broken some day, and large receivers do not take them. */
const minBits = 2_048

/** A private key that can sign for DKIM, from its PEM text (in which `\n` may stand for a line break), or why there is none. */
export function readDkimKey(pem: string): { readonly key: KeyObject } | { readonly fault: string } {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: pem.replaceAll('\\n', '\n'), format: 'pem' })
  } catch {
    return { fault: 'must be a private key in PEM form, without a passphrase' }
  }
  const kind = key.asymmetricKeyType
  if (kind !== 'rsa') return { fault: `must be an RSA key: receivers such as Gmail do not verify one of type ${kind}` }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < minBits) return { fault: `must be an RSA key of at least ${minBits} bits, and has ${bits}` }
  return canSign(key) ? { key } : { fault: 'cannot sign: its parts do not belong together' }
}

/** A damaged key signs without an error, and nobody can verify what it signed. */
function canSign(key: KeyObject): boolean {
  const text = Buffer.from('a trial')
  try {
    return verify('sha256', text, createPublicKey(key), sign('sha256', text, key))
  } catch {
    return false
  }
}
