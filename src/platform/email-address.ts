/** Email addresses: which ones there can be, how they are compared, and how they stand in envelopes and headers. */
import { domainToASCII } from 'node:url'
// A CommonJS module whose function is its `default` too: so the types and Node agree.
import validator from 'validator/lib/isEmail.js'

export interface Address {
  /** As it was given, trimmed and in NFC. */
  readonly email: string
  /** As it is compared: small letters, the domain in its ASCII form. */
  readonly key: string
}

/** Longest address in a path (RFC 5321 §4.5.3.1.3, less its angle brackets), counted as it is sent. */
const maxAddressOctets = 254

/** Reads one email address, internationalised ones too (RFC 6531); undefined where no mail can be sent to it over the public network. */
export function parseAddress(text: string): Address | undefined {
  const email = text.trim().normalize('NFC')
  // What looks like something else than it is, or breaks a line, is nobody's address: validator lets some of it pass.
  if (/[\p{C}\p{Z}\p{Noncharacter_Code_Point}]/u.test(email)) return undefined
  const { local, domain: written } = splitAddress(email)
  // The domain as it goes on the wire is checked: letters of any script are in it by their ASCII form (RFC 5891).
  const domain = domainToASCII(written)
  if (local.startsWith('"') || Buffer.byteLength(local) + 1 + domain.length > maxAddressOctets) return undefined
  return isMailbox(local, domain) ? { email, key: `${local.toLowerCase().normalize('NFC')}@${domain}` } : undefined
}

/** Whether a domain in its ASCII form can be one of the public network. */
export function isDomain(domain: string): boolean {
  // validator throws at what is not ASCII and not well-formed.
  return /^[\x21-\x7e]+$/.test(domain) && isMailbox('a', domain)
}

/** Whether mail can be sent to `local@domain` (RFC 5321 §4.1.2, RFC 6531 §3.3), the domain in its ASCII form. */
function isMailbox(local: string, domain: string): boolean {
  return local !== '' && domain !== '' && validator.default(`${local}@${domain}`, { allow_utf8_local_part: true })
}

/** What stands left and right of the last @; `local` is empty where there is none. */
export function splitAddress(address: string): { readonly local: string; readonly domain: string } {
  const at = address.lastIndexOf('@')
  return { local: address.slice(0, Math.max(at, 0)), domain: address.slice(at + 1) }
}

/** An address as it stands in envelopes and headers: an internationalised domain in its ASCII form (RFC 5890). Throws where it could end them. */
export function wireAddress(address: string): string {
  if (/[\r\n<>]/.test(address)) throw new Error(`${JSON.stringify(address)} is not an address that mail can be sent to`)
  const { local, domain } = splitAddress(address)
  return `${local}@${asciiDomain(domain)}`
}

/** The domain of an address in its ASCII form. */
export function wireDomain(address: string): string {
  return asciiDomain(splitAddress(address).domain)
}

/** Most domains: their ASCII form is what they are, so that not every message asks for it. A last label with digits may be an address (RFC 791). */
const alreadyAscii = /^[a-z0-9.-]+\.[a-z]+$/

/** The ASCII form of a domain; the same text where it has none. */
export function asciiDomain(domain: string): string {
  if (alreadyAscii.test(domain)) return domain
  return domainToASCII(domain) || domain
}

/** Whether only a server that offers SMTPUTF8 can take mail for this address: its local part has no ASCII form (RFC 6531). */
export function needsSmtpUtf8(address: string): boolean {
  return /[^\0-\x7f]/.test(splitAddress(address).local)
}

/** Whatever in `text` may be an ASCII address, such as those of a header field or of a report. */
export function addressesIn(text: string): string[] {
  return text.match(/[\w.!#$%&'*/=?^`{|}~+-]{1,64}@[\w.-]{1,255}/g) ?? []
}
