import ipaddr from 'ipaddr.js'
import type { Publication } from '../../publication/publication.ts'

/** Bits of a shortened address: the network of a provider, not of a household. */
const storedBits = { ipv4: 24, ipv6: 48 }
/** One customer has at least a /64 of IPv6 (RFC 6177 §2), so addresses within it are not told apart. */
const networkBits = 64

/** Addresses that identify no visitor: a local proxy that TRUST_PROXY does not name would stand for all visitors. */
const nearby = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'unspecified', 'carrierGradeNat'])

/**
 * The network of a visitor, for counting: an IPv4 address, or the /64 of an IPv6 address. Undefined if the address identifies no visitor.
 */
export function networkOf(address: string | undefined): string | undefined {
  const parsed = parse(address)
  if (!parsed || nearby.has(parsed.range())) return undefined
  return parsed.kind() === 'ipv6' ? prefixOf(parsed, networkBits) : parsed.toString()
}

/** The visitor's address as far as the setting allows to store it. */
export function storedNetworkAddress(address: string | undefined, setting: Publication['networkAddresses']): string | undefined {
  const parsed = parse(address)
  if (!parsed || setting === 'none') return undefined
  return setting === 'full' ? parsed.toString() : prefixOf(parsed, storedBits[parsed.kind()])
}

/** Converts IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2) to IPv4. */
function parse(address: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (address === undefined || !ipaddr.isValid(address)) return undefined
  return ipaddr.process(address)
}

function prefixOf(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const text = `${address.toString()}/${bits}`
  const network = address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
  return `${network.toString()}/${bits}`
}
