import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Dns } from '../dns/dns.ts'

/**
 * Addresses to connect to. DNS_SERVERS is asked first; then the machine, which also knows names of its own, such as those of containers.
 * Empty: none.
 */
export async function resolveHost(dns: Dns, host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const answer = await dns.addresses(host)
  if (answer.status === 'found') return answer.values
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}
