/** What is wrong with an address that readers are sent to, in words that follow it; `undefined` where nothing is. */
export function faultOfAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return 'is relative: it leads nowhere from an inbox'
  const { protocol, hostname } = new URL(address)
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  if (isOnlyHere(hostname)) return 'leads to the machine or the network of whoever follows it'
  return protocol === 'http:' ? 'is http: what is read can be read and changed on its way' : undefined
}

/** Names and addresses that mean something else, or nothing, on a reader's machine (RFC 6761, RFC 1918, RFC 4193, RFC 3927). */
function isOnlyHere(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return (
    /(?:^|\.)(?:localhost|local|internal|test|invalid)$/.test(host) ||
    /^(?:127|10|0)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host) ||
    /^(?:::1?|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)$/.test(host)
  )
}

/** Whether a path can be put behind an address, and everybody may see it. */
export function isBare({ search, hash, username, password, href }: URL): boolean {
  return search + hash + username + password === '' && !/[?#]$/.test(href)
}

export const bareAddress = 'must end where its path ends, and hold no name or password'
