import { timingSafeEqual } from 'node:crypto'
import { parseAddress, splitAddress } from '../../platform/email-address.ts'
import type { HashUse, Tokens } from '../../platform/tokens.ts'

/**
 * Longest local part of BOUNCE_ADDRESS. With the mark added, it stays within the 64 octets of a local part
 * (RFC 5321 §4.5.3.1.1).
 */
export const maxBounceLocal = 30

/** Whether a delivery mark can be added to `address`: its local part is short, ASCII and without a plus sign. */
export function canBeMarked(address: string): boolean {
  const { local } = splitAddress(address)
  return local.length <= maxBounceLocal && /^[\x21-\x7e]+$/.test(local) && !local.includes('+') && parseAddress(address) !== undefined
}

/** 100 bits of the keyed hash. */
const macCharacters = 20

/** Lower-case letters and digits only: servers may change the case of an address. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** The envelope sender for one delivery (VERP): a bounce to it names the delivery by its address. */
export function returnPathFor(bounceAddress: string, tokens: Tokens, deliveryId: number): string {
  return markedAddress(bounceAddress, 'b', tokens, deliveryId)
}

/** The delivery that a bounce to `address` is about; undefined if the address was not made by `returnPathFor`. */
export function readReturnPath(tokens: Tokens, address: string): number | undefined {
  return readMark(address, 'b', tokens)
}

/** For the mailto of List-Unsubscribe (RFC 2369 §3.2): mail to it unsubscribes the recipient of this delivery. */
export function unsubscribeAddressFor(bounceAddress: string, tokens: Tokens, deliveryId: number): string {
  return markedAddress(bounceAddress, 'u', tokens, deliveryId)
}

/** The delivery to unsubscribe from; undefined if the address was not made by `unsubscribeAddressFor`. */
export function readUnsubscribeAddress(tokens: Tokens, address: string): number | undefined {
  return readMark(address, 'u', tokens)
}

/** The addresses to which bounces and unsubscribe mail about one delivery are sent. */
export interface ReturnAddresses {
  /** The envelope sender. */
  returnPath(deliveryId: number): string
  /** For the mailto of List-Unsubscribe; undefined if the deployment reads no incoming mail. */
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

/** `bounces@example.org` → `bounces+b1k-MAC@example.org`. All such addresses belong to one mailbox (RFC 5233). */
function markedAddress(bounceAddress: string, mark: Mark, tokens: Tokens, deliveryId: number): string {
  const { local, domain } = splitAddress(bounceAddress)
  const id = deliveryId.toString(36)
  return `${local}+${mark}${id}-${macIn(tokens.keyedHash(useOf[mark], id))}@${domain}`
}

function readMark(address: string, mark: Mark, tokens: Tokens): number | undefined {
  const { local } = splitAddress(address.toLowerCase())
  const [, found, id = '', mac = ''] = /\+([bu])([0-9a-z]{1,11})-([a-z2-7]{20})$/.exec(local) ?? []
  if (found !== mark || !macsOf(mark, tokens, id).some((one) => timingSafeEqual(Buffer.from(mac), Buffer.from(one)))) return undefined
  const deliveryId = Number.parseInt(id, 36)
  return Number.isSafeInteger(deliveryId) ? deliveryId : undefined
}

/** The codes that prove `id`: that of the present secret, then those of previous ones. */
function macsOf(mark: Mark, tokens: Tokens, id: string): string[] {
  return tokens.keyedHashes(useOf[mark], id).map(macIn)
}

function macIn(bytes: Buffer): string {
  // No modulo bias: 256 is a multiple of 32.
  return Array.from(bytes.subarray(0, macCharacters), (byte) => alphabet[byte % 32]).join('')
}
