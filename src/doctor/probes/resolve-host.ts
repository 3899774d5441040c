import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import type { Dns } from '../dns/dns.ts'

/**
 * Looks up `host` for a connection, which tries its addresses one after the other. DNS is asked as all checks ask it; then the machine,
 * which also knows names of its own, such as those of containers. Undefined: the name has no address.
 */
export async function lookupFor(dns: Dns, host: string): Promise<LookupFunction | undefined> {
  const addresses = await addressesOf(dns, host)
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  const [first] = found
  if (!first) return undefined
  return (_name, { all }, done) => {
    if (all) done(null, found)
    else done(null, first.address, first.family)
  }
}

async function addressesOf(dns: Dns, host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const answer = await dns.addresses(host)
  if (answer.status === 'found') return answer.values
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}
