import { domainToASCII } from 'node:url'

/** An address as it stands in envelopes and headers: an internationalised domain in its ASCII form (RFC 5890). Throws where it could end them. */
export function wireAddress(address: string): string {
  if (/[\r\n<>]/.test(address)) throw new Error(`${JSON.stringify(address)} is no address that mail can be sent to`)
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${wireDomain(address)}`
}

/** The domain of an address in its ASCII form. */
export function wireDomain(address: string): string {
  return asciiDomain(address.slice(address.lastIndexOf('@') + 1))
}

/** What is already as it would become: most domains, and each is looked at for every message. A last label with digits may be an address (RFC 791). */
const alreadyAscii = /^[a-z0-9.-]+\.[a-z]+$/

/** The same text where it is no domain at all. */
export function asciiDomain(domain: string): string {
  if (alreadyAscii.test(domain)) return domain
  return domainToASCII(domain) || domain
}

/** Whether a domain in its ASCII form can be one of the public network. */
export function isDomain(domain: string): boolean {
  return /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(domain)
}

/** Whether only a server that offers SMTPUTF8 can take mail for this address: its local part has no ASCII form (RFC 6531). */
export function needsSmtpUtf8(address: string): boolean {
  return /[^\0-\x7f]/.test(address.slice(0, address.lastIndexOf('@')))
}

/** Whether DMARC takes a signature of `domain` for mail from `other` (RFC 7489 §3.1.1), as far as can be told without a list of public suffixes. */
export function isAligned(domain: string, other: string): boolean {
  return domain === other || domain.endsWith(`.${other}`) || other.endsWith(`.${domain}`)
}
