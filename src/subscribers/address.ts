import { domainToASCII } from 'node:url'

export interface Address {
  /** As it was given, trimmed and in NFC. */
  readonly email: string
  /** As it is compared: small letters, the domain in its ASCII form. */
  readonly key: string
}

/** Longest local part and path (RFC 5321 §4.5.3.1). */
const maxLocalOctets = 64
const maxAddressOctets = 254

/** A dot-string of atoms (RFC 5321 §4.1.2); no quotes, no comments, no literals, and ASCII, since SMTPUTF8 is not offered yet. */
const localPart = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/

/** Reads one email address; undefined where it is none that mail can be sent to over the public network. */
export function parseAddress(text: string): Address | undefined {
  const email = text.trim().normalize('NFC')
  const at = email.lastIndexOf('@')
  const local = email.slice(0, at)
  const domain = domainToASCII(email.slice(at + 1))
  const isWhole =
    at > 0 &&
    localPart.test(local) &&
    Buffer.byteLength(local) <= maxLocalOctets &&
    Buffer.byteLength(local) + 1 + domain.length <= maxAddressOctets &&
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(domain)
  if (!isWhole) return undefined
  return { email, key: `${local.toLowerCase()}@${domain}` }
}
