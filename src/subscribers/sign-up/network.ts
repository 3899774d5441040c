import ipaddr from 'ipaddr.js'
import type { Publication } from '../../publication/publication.ts'

/** Bits that a shortened address keeps: a network of a provider, not a household. */
const storedBits = { ipv4: 24, ipv6: 48 }
/** One customer has at least this much of IPv6 (RFC 6177 §2), so single addresses in it tell nothing apart. */
const networkBits = 64

/** Addresses that say nothing of who is behind them: a proxy beside us that TRUST_PROXY does not name stands for all visitors there are. */
const nearby = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'unspecified', 'carrierGradeNat'])

/**
 * The network that a visitor comes from, for counting: an IPv4 address, or the /64 of an IPv6 one. Undefined where the address tells nothing.
 */
export function networkOf(address: string | undefined): string | undefined {
  const parsed = parse(address)
  if (!parsed || nearby.has(parsed.range())) return undefined
  return parsed.kind() === 'ipv6' ? prefixOf(parsed, networkBits) : parsed.toString()
}

/** As much of a visitor's address as the setting allows to keep. */
export function storedNetworkAddress(address: string | undefined, setting: Publication['networkAddresses']): string | undefined {
  const parsed = parse(address)
  if (!parsed || setting === 'none') return undefined
  return setting === 'full' ? parsed.toString() : prefixOf(parsed, storedBits[parsed.kind()])
}

/** IPv4 in IPv6 clothes (RFC 4291 §2.5.5.2) is IPv4. */
function parse(address: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (address === undefined || !ipaddr.isValid(address)) return undefined
  return ipaddr.process(address)
}

function prefixOf(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const text = `${address.toString()}/${bits}`
  const network = address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
  return `${network.toString()}/${bits}`
}
