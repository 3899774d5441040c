import { createHash, createHmac } from 'node:crypto'
import type { Random } from '../platform/random.ts'

/** The hash of a random token that lives for minutes, and of ADMIN_TOKEN. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** The hash of a session or an API token. The key is apart from SECRET, so a leaked SECRET forges none. */
export function keyedHashOf(sessionKey: string, use: 'session' | 'admin-token' | 'api-token', text: string): string {
  return createHmac('sha256', sessionKey).update(`${use}\0${text}`).digest('base64url')
}

/** 24 random bytes: 32 characters. */
export function newLoginToken(random: Random): string {
  return Buffer.from(random.bytes(24)).toString('base64url')
}
