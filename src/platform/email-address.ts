/** Email addresses: parsing, comparison, and their form in envelopes and headers. */
import { domainToASCII } from 'node:url'
// The function is the `default` property of this CommonJS module, so the types and Node agree.
import validator from 'validator/lib/isEmail.js'

export interface Address {
  /** As given, trimmed and in NFC. */
  readonly email: string
  /** For comparison: lower case, with the domain in its ASCII form. */
  readonly key: string
}

/** Longest address in a path (RFC 5321 §4.5.3.1.3, less its angle brackets), counted as sent. */
const maxAddressOctets = 254

/** Parses one email address, also internationalised (RFC 6531). Undefined if no mail can be sent to it over the public network. */
export function parseAddress(text: string): Address | undefined {
  const email = text.trim().normalize('NFC')
  // validator accepts some invisible characters and line breaks.
  if (/[\p{C}\p{Z}\p{Noncharacter_Code_Point}]/u.test(email)) return undefined
  const { local, domain: written } = splitAddress(email)
  // The domain is checked in its ASCII form (RFC 5891), as it is sent.
  const domain = domainToASCII(written)
  if (local.startsWith('"') || Buffer.byteLength(local) + 1 + domain.length > maxAddressOctets) return undefined
  return isMailbox(local, domain) ? { email, key: `${local.toLowerCase().normalize('NFC')}@${domain}` } : undefined
}

/** Whether a domain in its ASCII form is valid on the public network. */
export function isDomain(domain: string): boolean {
  // validator throws on malformed non-ASCII text.
  return /^[\x21-\x7e]+$/.test(domain) && isMailbox('a', domain)
}

/** Whether mail can be sent to `local@domain` (RFC 5321 §4.1.2, RFC 6531 §3.3). The domain is in its ASCII form. */
function isMailbox(local: string, domain: string): boolean {
  return local !== '' && domain !== '' && validator.default(`${local}@${domain}`, { allow_utf8_local_part: true })
}

/** The parts before and after the last @. `local` is empty if there is no @. */
export function splitAddress(address: string): { readonly local: string; readonly domain: string } {
  const at = address.lastIndexOf('@')
  return { local: address.slice(0, Math.max(at, 0)), domain: address.slice(at + 1) }
}

/** An address for envelopes and headers, with its domain in ASCII (RFC 5890). Throws if it contains a character that could end it there. */
export function wireAddress(address: string): string {
  if (/[\r\n<>]/.test(address)) throw new Error(`${JSON.stringify(address)} is not an address that mail can be sent to`)
  const { local, domain } = splitAddress(address)
  return `${local}@${asciiDomain(domain)}`
}

/** The domain of an address in its ASCII form. */
export function wireDomain(address: string): string {
  return asciiDomain(splitAddress(address).domain)
}

/** Most domains are ASCII already and need no conversion. A last label with digits may be an IP address (RFC 791). */
const alreadyAscii = /^[a-z0-9.-]+\.[a-z]+$/

/** The ASCII form of a domain, or the same text if it has none. */
export function asciiDomain(domain: string): string {
  if (alreadyAscii.test(domain)) return domain
  return domainToASCII(domain) || domain
}

/** Whether only a server with SMTPUTF8 can accept mail for this address, because its local part is not ASCII (RFC 6531). */
export function needsSmtpUtf8(address: string): boolean {
  return /[^\0-\x7f]/.test(splitAddress(address).local)
}

/** Anything in `text` that may be an ASCII address, for example in a header field or a report. */
export function addressesIn(text: string): string[] {
  return text.match(/[\w.!#$%&'*/=?^`{|}~+-]{1,64}@[\w.-]{1,255}/g) ?? []
}
