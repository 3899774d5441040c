import { type FetchAllowance, isFetchAllowed } from '../platform/http/fetch-allowance.ts'
import { isPublic } from '../platform/http/safe-fetch.ts'

/** How to write a FETCH_ALLOW entry for this URL. */
function advice({ hostname, port, protocol }: URL): string {
  return `to allow it, add webhook:${hostname}:${port || (protocol === 'https:' ? '443' : '80')} to FETCH_ALLOW`
}

/**
 * Why no webhook may be sent to `address`, as a predicate with advice; undefined if it may. Only https, unless FETCH_ALLOW names host and
 * port. Where names lead is checked at each connection.
 */
export async function faultOfEndpointUrl(address: string, fetchAllow: readonly FetchAllowance[]): Promise<string | undefined> {
  if (!URL.canParse(address)) return 'is not a valid URL'
  const url = new URL(address)
  if (!/^https?:$/.test(url.protocol)) return 'must begin with https://'
  if (url.username || url.password) return 'must not hold a user name or a password'
  if (isFetchAllowed(fetchAllow, 'webhook', url)) return undefined
  if (url.protocol === 'http:') return `must begin with https://; ${advice(url)}`
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  const isLiteral = url.hostname.startsWith('[') || /^[\d.]+$/.test(literal)
  const isPrivate = isLiteral ? !(await isPublic(literal)) : /(?:^|\.)localhost\.?$/.test(url.hostname)
  return isPrivate ? `is not on the public internet; ${advice(url)}` : undefined
}
