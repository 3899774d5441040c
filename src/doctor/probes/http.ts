import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Dns } from '../dns/dns.ts'
import { printable } from '../printable.ts'
import { type Certificate, certificateOf } from './certificate.ts'
import { lookupFor } from './resolve-host.ts'

export type HttpAnswer =
  | { readonly status: 'unreachable'; readonly reason: string }
  | {
      readonly status: 'answered'
      readonly code: number
      /** At most `maxBytes` of the body. */
      readonly body: string
      readonly location: string | undefined
      readonly date: Date | undefined
      /** Of https. */
      readonly certificate: Certificate | undefined
    }

/** From the connection to the last byte. */
const requestMs = 10_000
/** The answers that we expect are short. */
const maxBytes = 2_000

/**
 * Asks an address below PUBLIC_URL, as a receiver does: from outside, without cookies, following no redirect. A certificate is looked at
 * and not refused, so that its fault can be named. With `form` it sends a POST.
 */
export async function askHttp(address: string, dns: Dns, signal: AbortSignal, form?: string): Promise<HttpAnswer> {
  const url = new URL(address)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const lookup = await lookupFor(dns, host)
  if (!lookup) return { status: 'unreachable', reason: `${host} has no address` }
  const isSecure = url.protocol === 'https:'
  const headers = {
    Accept: '*/*',
    'User-Agent': 'Broadsheet doctor',
    ...(form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(form) }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const limited = AbortSignal.any([signal, AbortSignal.timeout(requestMs)])
  const options = {
    method: form === undefined ? 'GET' : 'POST',
    headers,
    lookup,
    agent: false,
    signal: limited,
    ...(isSecure ? { rejectUnauthorized: false } : {}),
  }
  const sent = (isSecure ? requestHttps : requestHttp)(url, options, resolve)
  sent.on('error', reject)
  sent.end(form)
  try {
    const answer = await promise
    const certificate = isSecure ? certificateOf(answer.socket as TLSSocket, host) : undefined
    const { location, date } = answer.headers
    const said = new Date(date ?? '')
    return {
      status: 'answered',
      code: answer.statusCode ?? 0,
      body: await readStart(answer),
      location: location === undefined ? undefined : printable(location),
      date: Number.isNaN(said.getTime()) ? undefined : said,
      certificate,
    }
  } catch (error) {
    return { status: 'unreachable', reason: limited.aborted ? 'no answer in time' : reasonOf(error as NodeJS.ErrnoException) }
  } finally {
    sent.destroy()
  }
}

async function readStart(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > maxBytes) break
  }
  return Buffer.concat(parts).toString('utf8', 0, maxBytes)
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)'
  return printable(code ?? message)
}
