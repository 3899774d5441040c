import type { RequestHandler } from 'express'
import { readReturnPath, readUnsubscribeAddress } from '../outbox/message/return-path.ts'
import { lastDeliveryTo } from '../outbox/reports.ts'
import { addressesIn, parseAddress } from '../platform/email-address.ts'
import { fetchPublic } from '../platform/http/safe-fetch.ts'
import type { InboundContext } from './context.ts'
import { postmark } from './providers/postmark.ts'
import type { FetchText, Provider, ProviderReport } from './providers/provider.ts'
import { ses } from './providers/ses.ts'
import { processReport } from './receive.ts'

/** Configured providers, by their name in `/inbound/:provider`. */
export type Providers = Readonly<Record<string, Provider>>

export interface ProviderSecrets {
  readonly ses: string | undefined
  readonly postmark: string | undefined
}

export function providersWith(secrets: ProviderSecrets, fetchText: FetchText = fetchFromPublic): Providers {
  return {
    ...(secrets.ses && { ses: ses(secrets.ses, fetchText) }),
    ...(secrets.postmark && { postmark: postmark(secrets.postmark) }),
  }
}

/** A report contains at most the message itself. */
const maxBodyBytes = 5 * 1024 * 1024

/**
 * `POST /inbound/:provider`. 200: the reports are committed. 400: invalid body. 401: not from the provider. 404: the provider is not
 * configured. Providers repeat requests that were not answered with 200.
 */
export function webhookHandler(context: InboundContext, providers: Providers): RequestHandler<{ provider: string }> {
  return async (request, response) => {
    const { provider: name } = request.params
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
    response.type('text').set('Cache-Control', 'no-store')
    if (!provider) return void response.status(404).send('Unknown or unconfigured provider.\n')
    const { searchParams } = new URL(request.originalUrl, 'http://localhost')
    const secret = passwordOf(request.get('Authorization')) ?? searchParams.get('secret') ?? ''
    const reject = (status: number, reason: string) => {
      context.log.warn({ provider: name, reason }, 'webhook rejected')
      response.status(status).send(`Rejected: ${reason}.\n`)
    }
    if (!provider.knows(secret)) {
      // The body of a stranger is not read, so the connection cannot be used again.
      response.set('Connection', 'close')
      return reject(401, 'the password is wrong')
    }
    const body = await bodyOf(request)
    if (!body) return void response.status(413).set('Connection', 'close').send('The request body is too large.\n')
    const reading = await provider.read(body)
    if (reading.outcome !== 'reports') return reject(reading.outcome === 'refused' ? 401 : 400, reading.reason)
    for (const report of reading.reports) await processProviderReport(context, report)
    response.send('accepted\n')
  }
}

async function processProviderReport(context: InboundContext, { kind, status, marked, recipient }: ProviderReport): Promise<void> {
  const deliveryId = markIn(context, marked) ?? (await lastTo(context, recipient))
  if (deliveryId === undefined) return context.log.info({ kind, status }, 'webhook report about unknown mail ignored')
  await processReport(context, deliveryId, kind, status)
}

function markIn({ tokens }: InboundContext, marked: readonly string[]): number | undefined {
  for (const text of marked) {
    for (const address of addressesIn(text)) {
      const deliveryId = readReturnPath(tokens, address) ?? readUnsubscribeAddress(tokens, address)
      if (deliveryId !== undefined) return deliveryId
    }
  }
  return undefined
}

async function lastTo({ database }: InboundContext, recipient: string): Promise<number | undefined> {
  const address = parseAddress(/<([^<>]+)>/.exec(recipient)?.[1] ?? recipient)
  return address && lastDeliveryTo(database, address.key)
}

async function bodyOf(request: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The password of `Basic base64(user:password)` (RFC 7617). Ignores the user name. */
function passwordOf(authorization: string | undefined): string | undefined {
  const encoded = /^Basic +([\w+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}

/** A certificate is two kilobytes. */
async function fetchFromPublic(url: string): Promise<string> {
  const fetched = await fetchPublic(url, { maxBytes: 64 * 1024, timeoutMs: 5_000, accept: '*/*' })
  if (fetched.status === 'refused') throw new Error(`${new URL(url).hostname}: ${fetched.reason}`)
  return fetched.bytes.toString('utf8')
}
