/** What is wrong with a link for readers, as a predicate. `undefined` if nothing is. */
export function faultOfAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is a relative URL, which does not work in email'
  const { protocol, hostname } = new URL(address)
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  if (isLocal(hostname)) return 'points to a private or local host, which readers cannot reach'
  return protocol === 'http:' ? 'uses http, which is not encrypted; use https' : undefined
}

/** Whether a name or address means this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3). Takes IPv6 with and without brackets. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return /^(?:[^/]+\.)?localhost\.?$/.test(host) || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === '::1'
}

/** Whether a name or address is local or private (RFC 6761, RFC 1918, RFC 4193, RFC 3927). */
export function isLocal(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return (
    /(?:^|\.)(?:localhost|local|internal|test|invalid)$/.test(host) ||
    /^(?:127|10|0)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host) ||
    /^(?:::1?|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)$/.test(host)
  )
}
