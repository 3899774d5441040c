import { readReturnPath, readUnsubscribeAddress } from '../outbox/message/return-path.ts'
import { addressesIn } from '../platform/email-address.ts'
import type { Tokens } from '../platform/tokens.ts'
import { allParts, type Part, readHeaders } from './mime.ts'

/** The delivery that a message is about, and whether it was sent to the unsubscribe address. */
export interface MatchedDelivery {
  readonly deliveryId: number
  readonly isUnsubscribe: boolean
}

/** Mail from an IMAP mailbox has the envelope recipient in one of these fields. */
const envelopeFields = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'to', 'cc']

/** Far more than any real report has. */
const maxAddresses = 200

/**
 * Finds the delivery by an authenticated address: the recipient (VERP), or one in the quoted headers of our message. Ignores all
 * other addresses in the text, because anybody can write them.
 */
export function matchDelivery(tokens: Tokens, message: Part, recipients: readonly string[]): MatchedDelivery | undefined {
  const direct = recipients.length > 0 ? recipients : envelopeFields.flatMap((name) => message.headers.get(name) ?? []).flatMap(addressesOf)
  for (const address of direct) {
    const bounced = readReturnPath(tokens, address)
    if (bounced !== undefined) return { deliveryId: bounced, isUnsubscribe: false }
    const unsubscribed = readUnsubscribeAddress(tokens, address)
    if (unsubscribed !== undefined) return { deliveryId: unsubscribed, isUnsubscribe: true }
  }
  for (const address of quotedAddresses(message).slice(0, maxAddresses)) {
    const deliveryId = readReturnPath(tokens, address) ?? readUnsubscribeAddress(tokens, address)
    if (deliveryId !== undefined) return { deliveryId, isUnsubscribe: false }
  }
  return undefined
}

/** Addresses from the headers and the envelope of the message that a report is about. */
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
  // qmail and older Exim append the message as text.
  if (message.parts.length === 0) {
    const quoted = message.body.match(/^(?:return-path|list-unsubscribe):[^\n]*(?:\n[ \t][^\n]*){0,8}/gim) ?? []
    found.push(...quoted.flatMap(addressesOf))
  }
  return found
}

function addressesOf(field: string): string[] {
  return addressesIn(field.slice(0, 10_000))
}
