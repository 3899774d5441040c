import ipaddr from 'ipaddr.js'
import { type NetworkAddress, parseNetworkAddress } from '../../platform/network.ts'
import type { SpfMember, SpfRecord } from './read.ts'

export interface SpfResult {
  readonly result: 'pass' | 'fail' | 'softfail' | 'neutral'
  /** A term that was not followed came first, so a receiver may see another result. */
  readonly isUncertain: boolean
}

const results = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const

/** What receivers conclude for mail from `address` (RFC 7208 §4.6.2): the first term that matches decides. */
export function evaluateSpf(record: SpfRecord, address: string): SpfResult {
  const parsed = parseNetworkAddress(address)
  let isUncertain = false
  for (const term of record.terms) {
    if (term.isOpen) isUncertain = true
    if (term.name === 'redirect') continue
    const inner = term.name === 'include' && term.record ? evaluateSpf(term.record, address) : undefined
    if (inner?.isUncertain) isUncertain = true
    if (inner?.result === 'pass' || (parsed && matches(term, parsed))) return { result: results[term.qualifier], isUncertain }
  }
  const redirect = record.terms.find(({ name }) => name === 'redirect')
  if (!redirect?.record) return { result: 'neutral', isUncertain: isUncertain || redirect?.isOpen === true }
  const end = evaluateSpf(redirect.record, address)
  return { ...end, isUncertain: isUncertain || end.isUncertain }
}

function matches(term: SpfMember, address: NetworkAddress): boolean {
  if (term.name === 'all') return true
  const isFour = address.kind() === 'ipv4'
  const networks = term.name === 'ip4' || term.name === 'ip6' ? [term.value ?? ''] : term.addresses
  return networks.some((one) => {
    const network = parseNetworkAddress(one)
    if (!network || network.kind() !== address.kind()) return false
    return isFour
      ? (address as ipaddr.IPv4).match(network as ipaddr.IPv4, term.bits[0])
      : (address as ipaddr.IPv6).match(network as ipaddr.IPv6, term.bits[1])
  })
}

/** What becomes of mail from everywhere else: the `all` at the end, followed through `redirect`. Undefined: nothing says it. */
export function defaultOf(record: SpfRecord): SpfMember['qualifier'] | undefined {
  const all = record.terms.find(({ name }) => name === 'all')
  if (all) return all.qualifier
  const redirect = record.terms.find(({ name }) => name === 'redirect')?.record
  return redirect && defaultOf(redirect)
}

/** Whether an address is of the public internet. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}
