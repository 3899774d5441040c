import { getDomain } from 'tldts'

/** The organisational domain (RFC 7489 §3.2): one label below the public suffix. The name itself where there is none. */
export function organisationOf(domain: string): string {
  return getDomain(domain, { allowPrivateDomains: true }) ?? domain
}

/** Identifier alignment (RFC 7489 §3.1): equal domains if strict, else equal organisations. */
export function isAlignedWith(domain: string, from: string, mode: 'r' | 's'): boolean {
  return mode === 's' ? domain === from : organisationOf(domain) === organisationOf(from)
}
