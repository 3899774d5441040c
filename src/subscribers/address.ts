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

/** Reads one email address, internationalised ones too (RFC 6531); undefined where it is none that mail can be sent to over the public network. */
export function parseAddress(text: string): Address | undefined {
  const email = text.trim().normalize('NFC')
  // What looks like something else than it is, or breaks a line, is nobody's address: validator lets some of it pass.
  if (/[\p{C}\p{Z}\p{Noncharacter_Code_Point}]/u.test(email)) return undefined
  const at = email.lastIndexOf('@')
  const local = email.slice(0, at)
  const domain = domainToASCII(email.slice(at + 1))
  // The domain as it goes on the wire is checked: letters of any script are in it by their ASCII form (RFC 5891).
  if (at < 1 || domain === '' || !validator.default(`${local}@${domain}`, { allow_utf8_local_part: true })) return undefined
  if (local.startsWith('"') || Buffer.byteLength(local) + 1 + domain.length > maxAddressOctets) return undefined
  return { email, key: `${local.toLowerCase().normalize('NFC')}@${domain}` }
}
