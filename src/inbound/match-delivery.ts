import { readReturnPath, readUnsubscribeAddress } from '../outbox/message/return-path.ts'
import { addressesIn } from '../platform/email-address.ts'
import type { Tokens } from '../platform/tokens.ts'
import { allParts, type Part, readHeaders } from './mime.ts'

/** The delivery that a message is about, and whether it was sent to where readers write who want to leave. */
export interface MatchedDelivery {
  readonly deliveryId: number
  readonly isUnsubscribe: boolean
}

/** What an IMAP mailbox keeps of the envelope is in one of these. */
const envelopeFields = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'to', 'cc']

/** Far more than any report has. */
const maxAddresses = 200

/**
 * Finds the delivery by an address that only we can have made: the one it came to (VERP), or one that the message brings back in what
 * it quotes of ours. What it says in words about anybody's address is no proof, and is not looked at.
 */
export function matchDelivery(tokens: Tokens, message: Part, recipients: readonly string[]): MatchedDelivery | undefined {
  const direct = recipients.length > 0 ? recipients : envelopeFields.flatMap((name) => message.headers.get(name) ?? []).flatMap(addressesOf)
  for (const address of direct) {
    const bounced = readReturnPath(tokens, address)
    if (bounced !== undefined) return { deliveryId: bounced, isUnsubscribe: false }
    const leaving = readUnsubscribeAddress(tokens, address)
    if (leaving !== undefined) return { deliveryId: leaving, isUnsubscribe: true }
  }
  for (const address of quotedAddresses(message).slice(0, maxAddresses)) {
    const deliveryId = readReturnPath(tokens, address) ?? readUnsubscribeAddress(tokens, address)
    if (deliveryId !== undefined) return { deliveryId, isUnsubscribe: false }
  }
  return undefined
}

/** What a report brings back of the message it is about, and what it says of its envelope. */
function quotedAddresses(message: Part): string[] {
  const found: string[] = []
  for (const part of allParts(message)) {
    if (part === message) continue
    const fields = /^(?:message\/feedback-report|text\/rfc822-headers|message\/rfc822-headers)$/.test(part.type)
      ? readHeaders(part.body)
      : part.headers
    for (const name of ['original-mail-from', 'return-path', 'list-unsubscribe'])
      found.push(...(fields.get(name) ?? []).flatMap(addressesOf))
  }
  // qmail and older Exim put the message below their words, as text.
  if (message.parts.length === 0) {
    const quoted = message.body.match(/^(?:return-path|list-unsubscribe):[^\n]*(?:\n[ \t][^\n]*){0,8}/gim) ?? []
    found.push(...quoted.flatMap(addressesOf))
  }
  return found
}

function addressesOf(field: string): string[] {
  return addressesIn(field.slice(0, 10_000))
}
