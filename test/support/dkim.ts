import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'

/** The signing key of one test run, and its public key in DNS. */
export const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

export function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: key.type === 'public' ? 'spki' : 'pkcs8' }).toString()
}

/** Verifies a message as a receiver does, with the public key from DNS. One result per signature. */
export async function verifyDkim(message: Buffer | string, key: KeyObject = publicKey) {
  const record = `v=DKIM1; k=rsa; p=${key.export({ format: 'der', type: 'spki' }).toString('base64')}`
  const { results } = await dkimVerify(message, { resolver: async () => [[record]] })
  return results
}
