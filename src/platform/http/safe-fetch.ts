import { lookup as lookUp } from 'node:dns/promises'
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'

export interface FetchLimits {
  readonly maxBytes: number
  /** Total time, from the first name lookup to the last byte. */
  readonly timeoutMs: number
  /** The Accept header. */
  readonly accept: string
}

export interface Refused {
  readonly status: 'refused'
  readonly reason: string
  /** What came of the body before it was refused. */
  readonly readBytes: number
}

export type Fetched = { readonly status: 'fetched'; readonly bytes: Buffer } | Refused

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
      const answer = await open(url, { method: 'GET', headers: { Accept: limits.accept } }, context, signal)
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

export interface PostLimits {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Total time, from the first name lookup to the last byte that is read. */
  readonly timeoutMs: number
  /** The rest of a longer answer is not read. */
  readonly maxBytes: number
  /** Ends the request early. */
  readonly signal?: AbortSignal
}

export type Posted =
  | { readonly status: 'answered'; readonly code: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | Refused

/**
 * Posts with the same protection as `fetchPublic`, and follows no redirect. `isAllowed`: the operator allowed this host and port, so it may
 * be private. The caller checks the URL by `faultOfTarget` or its own rules. An answer whose body does not end in time still counts.
 */
export async function postPublic(
  url: URL,
  { headers, body, timeoutMs, maxBytes, signal: stop }: PostLimits,
  isAllowed: boolean,
  context: FetchContext = internet,
): Promise<Posted> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = stop ? AbortSignal.any([timeout, stop]) : timeout
  const checked: FetchContext = isAllowed ? { ...context, isPublic: async () => true } : context
  try {
    const answer = await open(url, { method: 'POST', headers, body }, checked, signal)
    if ('reason' in answer) return refused(answer.reason)
    return { status: 'answered', code: answer.statusCode ?? 0, headers: answer.headers, body: await readStart(answer, maxBytes) }
  } catch (error) {
    if (timeout.aborted) return refused(`it took longer than ${timeoutMs / 1000} s`)
    return refused((error as NodeJS.ErrnoException).code ?? (error as Error).message)
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

interface Sent {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

async function open(
  url: URL,
  { method, headers: own, body }: Sent,
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
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
  const headers = { ...own, ...length, 'Accept-Encoding': 'identity', 'User-Agent': 'Broadsheet' }
  return new Promise((fulfil, reject) => {
    const sent = request(url, { method, lookup: pinned, agent: false, signal, headers }, fulfil)
    sent.on('error', reject)
    // Such as 101 (Switching Protocols), which is neither an answer nor an error.
    sent.on('close', () => reject(new Error('the connection closed without an answer')))
    sent.end(body)
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

/** The first `maxBytes` of a body; fewer if the connection ends or the time is over. */
async function readStart(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part)
      length += part.length
      if (length >= maxBytes) break
    }
  } catch {
    // The status has arrived, and that is what counts.
  }
  return Buffer.concat(parts).subarray(0, maxBytes)
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
export async function isPublic(address: string): Promise<boolean> {
  const { default: ipaddr } = await import('ipaddr.js')
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

function refused(reason: string, readBytes = 0): Refused {
  return { status: 'refused', reason, readBytes }
}
