import { parseNetworkAddress, prefixOf } from '../../platform/network.ts'
import type { Publication } from '../../publication/publication.ts'

/** Bits of a shortened address: the network of a provider, not of a household. */
const storedBits = { ipv4: 24, ipv6: 48 }

/** The visitor's address as far as the setting allows to store it. */
export function storedNetworkAddress(address: string | undefined, setting: Publication['networkAddresses']): string | undefined {
  const parsed = parseNetworkAddress(address)
  if (!parsed || setting === 'none') return undefined
  return setting === 'full' ? parsed.toString() : prefixOf(parsed, storedBits[parsed.kind()])
}
