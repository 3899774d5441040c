import { lookup as lookUp } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'

export interface FetchLimits {
  readonly maxBytes: number
  /** For everything, from the first name asked for to the last byte. */
  readonly timeoutMs: number
  /** What the Accept header says. */
  readonly accept: string
}

export type Fetched = { readonly status: 'fetched'; readonly bytes: Buffer } | { readonly status: 'refused'; readonly reason: string }

/** How names are resolved and which addresses are open to everybody; only a test says otherwise. */
export interface FetchContext {
  resolve(name: string): Promise<readonly { readonly address: string; readonly family: number }[]>
  isPublic(address: string): Promise<boolean>
}

const maxRedirects = 3

const internet: FetchContext = { resolve: (name) => lookUp(name, { all: true }), isPublic }

/**
 * Fetches what anybody on the internet could fetch, and nothing that only this machine can reach: every name is resolved
 * once, refused where any of its addresses is private, loopback, link-local or reserved, and the connection goes to the very address
 * that was judged, so that a name that changes its mind gains nothing. A redirect is judged anew.
 */
export async function fetchPublic(address: string, limits: FetchLimits, context: FetchContext = internet): Promise<Fetched> {
  const signal = AbortSignal.timeout(limits.timeoutMs)
  let next = address
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const fault = faultOfTarget(next)
      if (fault) return refused(fault)
      const url = new URL(next)
      const answer = await open(url, limits, context, signal)
      if ('reason' in answer) return refused(answer.reason)
      const location = isRedirect(answer.statusCode) ? answer.headers.location : undefined
      if (location === undefined) return await read(answer, limits)
      answer.destroy()
      if (!URL.canParse(location, next)) return refused('it redirects to something that is no address')
      next = new URL(location, next).href
    }
    return refused(`it redirects more than ${maxRedirects} times`)
  } catch (error) {
    if (signal.aborted) return refused(`it took longer than ${limits.timeoutMs / 1000} s`)
    return refused((error as NodeJS.ErrnoException).code ?? (error as Error).message)
  }
}

/** Why an address is not even asked for; undefined where it may be. */
export function faultOfTarget(address: string): string | undefined {
  if (!URL.canParse(address)) return 'it is no address'
  const url = new URL(address)
  if (!/^https?:$/.test(url.protocol)) return `${url.protocol} is neither http nor https`
  if (url.username || url.password) return 'it holds a user name or a password'
  // RFC 2606: set apart for tests and examples.
  if (/(?:^|\.)(?:test|example|invalid|localhost|example\.(?:com|net|org))\.?$/.test(url.hostname))
    return `${url.hostname} is a name that leads nowhere`
  return undefined
}

async function open(
  url: URL,
  limits: FetchLimits,
  context: FetchContext,
  signal: AbortSignal,
): Promise<IncomingMessage | { reason: string }> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = await unlessAborted(context.resolve(host), signal)
  const [first] = found
  if (!first) return { reason: `${host} has no address` }
  for (const { address } of found) {
    if (!(await context.isPublic(address))) return { reason: `${host} is not on the public internet` }
  }
  // Asked for one address or for all, the answer is the one that was judged.
  const pinned = ((_name, options, answer) =>
    options.all ? answer(null, [{ ...first }]) : answer(null, first.address, first.family)) as LookupFunction
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((fulfil, reject) => {
    const headers = { Accept: limits.accept, 'Accept-Encoding': 'identity', 'User-Agent': 'Broadsheet' }
    const sent = request(url, { lookup: pinned, agent: false, signal, headers }, fulfil)
    sent.on('error', reject)
    sent.end()
  })
}

async function read(answer: IncomingMessage, { maxBytes }: FetchLimits): Promise<Fetched> {
  if (answer.statusCode !== 200) {
    answer.destroy()
    return refused(`the server answered ${answer.statusCode}`)
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length
    // Leaving the loop ends the connection.
    if (length > maxBytes) return refused(`it is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB`)
    parts.push(part)
  }
  if (!answer.complete) return refused('the connection broke off')
  return { status: 'fetched', bytes: Buffer.concat(parts) }
}

/** A name server that does not answer is waited for no longer than the rest. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  return Promise.race([
    work,
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  ])
}

function isRedirect(status = 0): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

/** Of all that an address can be, only global unicast is open to everybody; an IPv4 address inside an IPv6 one is judged as itself. */
async function isPublic(address: string): Promise<boolean> {
  const { default: ipaddr } = await import('ipaddr.js')
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

function refused(reason: string): Fetched {
  return { status: 'refused', reason }
}
