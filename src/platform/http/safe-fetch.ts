import { lookup as lookUp } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'

export interface FetchLimits {
  readonly maxBytes: number
  /** Total time, from the first name lookup to the last byte. */
  readonly timeoutMs: number
  /** The Accept header. */
  readonly accept: string
}

export type Fetched =
  | { readonly status: 'fetched'; readonly bytes: Buffer }
  /** `readBytes`: what came of the body before it was refused. */
  | { readonly status: 'refused'; readonly reason: string; readonly readBytes: number }

/** Name resolution and the check for public addresses. Only tests replace them. */
export interface FetchContext {
  resolve(name: string): Promise<readonly { readonly address: string; readonly family: number }[]>
  isPublic(address: string): Promise<boolean>
}

const maxRedirects = 3

const internet: FetchContext = { resolve: (name) => lookUp(name, { all: true }), isPublic }

/**
 * Fetches only what is on the public internet (SSRF protection). Each name is resolved once and refused if any of its addresses is
 * private, loopback, link-local or reserved. The connection uses the checked address, so DNS rebinding has no effect. Each redirect
 * is checked again.
 */
export async function fetchPublic(address: string, limits: FetchLimits, context: FetchContext = internet): Promise<Fetched> {
  const signal = AbortSignal.timeout(limits.timeoutMs)
  const progress = { bytes: 0 }
  let next = address
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const fault = faultOfTarget(next)
      if (fault) return refused(fault)
      const url = new URL(next)
      const answer = await open(url, limits, context, signal)
      if ('reason' in answer) return refused(answer.reason)
      const location = isRedirect(answer.statusCode) ? answer.headers.location : undefined
      if (location === undefined) return await read(answer, limits, progress)
      answer.destroy()
      if (!URL.canParse(location, next)) return refused('it redirects to an invalid URL')
      next = new URL(location, next).href
    }
    return refused(`it redirects more than ${maxRedirects} times`)
  } catch (error) {
    if (signal.aborted) return refused(`it took longer than ${limits.timeoutMs / 1000} s`, progress.bytes)
    return refused((error as NodeJS.ErrnoException).code ?? (error as Error).message, progress.bytes)
  }
}

/** Why an address is refused before any lookup; undefined if it is allowed. */
export function faultOfTarget(address: string): string | undefined {
  if (!URL.canParse(address)) return 'it is not a valid URL'
  const url = new URL(address)
  if (!/^https?:$/.test(url.protocol)) return `${url.protocol} is neither http nor https`
  if (url.username || url.password) return 'it holds a user name or a password'
  // Reserved for tests and examples (RFC 2606).
  if (/(?:^|\.)(?:test|example|invalid|localhost|example\.(?:com|net|org))\.?$/.test(url.hostname))
    return `${url.hostname} is reserved for tests and examples`
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
  // Return the checked address, whether the caller asks for one or for all.
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

async function read(answer: IncomingMessage, { maxBytes }: FetchLimits, progress: { bytes: number }): Promise<Fetched> {
  if (answer.statusCode !== 200) {
    answer.destroy()
    return refused(`the server answered ${answer.statusCode}`)
  }
  const parts: Buffer[] = []
  for await (const part of answer as AsyncIterable<Buffer>) {
    progress.bytes += part.length
    // Returning from the loop closes the connection.
    if (progress.bytes > maxBytes) return refused(`it is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB`, progress.bytes)
    parts.push(part)
  }
  if (!answer.complete) return refused('the connection ended too early', progress.bytes)
  return { status: 'fetched', bytes: Buffer.concat(parts) }
}

/** Applies the timeout to name servers that do not answer. */
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

/** Only global unicast addresses are public. An IPv4 address inside IPv6 is checked as IPv4. */
async function isPublic(address: string): Promise<boolean> {
  const { default: ipaddr } = await import('ipaddr.js')
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

function refused(reason: string, readBytes = 0): Fetched {
  return { status: 'refused', reason, readBytes }
}
