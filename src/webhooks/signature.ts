import { createHmac } from 'node:crypto'
import type { Random } from '../platform/random.ts'

const prefix = 'whsec_'

/** 32 random bytes; Standard Webhooks asks for 24 to 64. */
export function newSecret(random: Random): string {
  return `${prefix}${Buffer.from(random.bytes(32)).toString('base64')}`
}

export interface Signed {
  /** The id of the event, the same for every attempt. */
  readonly id: string
  readonly at: Date
  readonly body: string
}

/**
 * The headers of one attempt (Standard Webhooks, "Webhook headers"): HMAC-SHA-256 over `id.timestamp.body`, one signature for each secret.
 * A receiver accepts the message if one of them matches.
 */
export function signatureHeaders({ id, at, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
