import ipaddr from 'ipaddr.js'

export type NetworkAddress = ipaddr.IPv4 | ipaddr.IPv6

/** One customer has at least a /64 of IPv6 (RFC 6177 §2), so addresses within it are not told apart. */
const customerBits = 64

/** Addresses that identify no visitor: a local proxy that TRUST_PROXY does not name would stand for all visitors. */
const nearby = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'unspecified', 'carrierGradeNat'])

/**
 * The network of a visitor, for counting: an IPv4 address, or the first `ipv6Bits` of an IPv6 address. Undefined if the address
 * identifies no visitor.
 */
export function networkOf(address: string | undefined, ipv6Bits = customerBits): string | undefined {
  const parsed = parseNetworkAddress(address)
  if (!parsed || nearby.has(parsed.range())) return undefined
  return parsed.kind() === 'ipv6' ? prefixOf(parsed, ipv6Bits) : parsed.toString()
}

/** Converts IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2) to IPv4. */
export function parseNetworkAddress(address: string | undefined): NetworkAddress | undefined {
  if (address === undefined || !ipaddr.isValid(address)) return undefined
  return ipaddr.process(address)
}

export function prefixOf(address: NetworkAddress, bits: number): string {
  const text = `${address.toString()}/${bits}`
  const network = address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
  return `${network.toString()}/${bits}`
}
