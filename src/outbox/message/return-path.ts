import { timingSafeEqual } from 'node:crypto'
import { parseAddress, splitAddress } from '../../platform/email-address.ts'
import type { HashUse, Tokens } from '../../platform/tokens.ts'

/**
 * What can stand left of the @ in BOUNCE_ADDRESS, so that with what is added it stays within the 64 octets of a local
 * part (RFC 5321 §4.5.3.1.1).
 */
export const maxBounceLocal = 30

/** Whether deliveries can be marked in `address`: it is short enough, ASCII before the @, and has no + of its own there. */
export function canBeMarked(address: string): boolean {
  const { local } = splitAddress(address)
  return local.length <= maxBounceLocal && /^[\x21-\x7e]+$/.test(local) && !local.includes('+') && parseAddress(address) !== undefined
}

/** 100 bits of the keyed hash. */
const macCharacters = 20

/** Small letters and digits only: on their way back, addresses come in any case. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** The envelope's sender for one delivery: a bounce that comes to it says by its address whose mail it was (VERP). */
export function returnPathFor(bounceAddress: string, tokens: Tokens, deliveryId: number): string {
  return markedAddress(bounceAddress, 'b', tokens, deliveryId)
}

/** The delivery that a bounce to `address` is about; undefined where we did not make that address. */
export function readReturnPath(tokens: Tokens, address: string): number | undefined {
  return readMark(address, 'b', tokens)
}

/** For the mailto of List-Unsubscribe (RFC 2369 §3.2): mail to it asks to leave the list of this delivery. */
export function unsubscribeAddressFor(bounceAddress: string, tokens: Tokens, deliveryId: number): string {
  return markedAddress(bounceAddress, 'u', tokens, deliveryId)
}

/** The delivery whose list the sender of a mail to `address` wants to leave; undefined where we did not make that address. */
export function readUnsubscribeAddress(tokens: Tokens, address: string): number | undefined {
  return readMark(address, 'u', tokens)
}

/** Where mail about one delivery comes back to. */
export interface ReturnAddresses {
  /** For the envelope's sender. */
  returnPath(deliveryId: number): string
  /** For the mailto of List-Unsubscribe; undefined where nobody reads the mail that comes in. */
  unsubscribeAddress(deliveryId: number): string | undefined
}

export function returnAddressesTo(bounceAddress: string, tokens: Tokens, isRead: boolean): ReturnAddresses {
  return {
    returnPath: (deliveryId) => returnPathFor(bounceAddress, tokens, deliveryId),
    unsubscribeAddress: (deliveryId) => (isRead ? unsubscribeAddressFor(bounceAddress, tokens, deliveryId) : undefined),
  }
}

type Mark = 'b' | 'u'

const useOf: Readonly<Record<Mark, HashUse>> = { b: 'return-path', u: 'leave-by-mail' }

/** `bounces@example.org` → `bounces+b1k-MAC@example.org` (RFC 5233: what follows the + is a detail of one mailbox). */
function markedAddress(bounceAddress: string, mark: Mark, tokens: Tokens, deliveryId: number): string {
  const { local, domain } = splitAddress(bounceAddress)
  const id = deliveryId.toString(36)
  return `${local}+${mark}${id}-${macOf(mark, tokens, id)}@${domain}`
}

function readMark(address: string, mark: Mark, tokens: Tokens): number | undefined {
  const { local } = splitAddress(address.toLowerCase())
  const [, found, id = '', mac = ''] = /\+([bu])([0-9a-z]{1,11})-([a-z2-7]{20})$/.exec(local) ?? []
  if (found !== mark || !timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(mark, tokens, id)))) return undefined
  const deliveryId = Number.parseInt(id, 36)
  return Number.isSafeInteger(deliveryId) ? deliveryId : undefined
}

function macOf(mark: Mark, tokens: Tokens, id: string): string {
  const bytes = tokens.keyedHash(useOf[mark], id)
  // A byte modulo 32 is even: 256 is eight times 32.
  return Array.from(bytes.subarray(0, macCharacters), (byte) => alphabet[byte % 32]).join('')
}
