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

/** Providers whose secret is set, by their name in the address `/inbound/:provider`. */
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

/** A report of a provider quotes at most the message itself. */
const maxBodyBytes = 5 * 1024 * 1024

/**
 * `POST /inbound/:provider`. 200 when what it tells is committed; 401 where it is not from the provider; 400 where it cannot be read; 404
 * where the provider is not set up. A provider repeats what was not answered with 200.
 */
export function webhookHandler(context: InboundContext, providers: Providers): RequestHandler<{ provider: string }> {
  return async (request, response) => {
    const { provider: name } = request.params
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
    response.type('text').set('Cache-Control', 'no-store')
    if (!provider) return void response.status(404).send('There is no such provider here.\n')
    const body = await bodyOf(request)
    if (!body) return void response.status(413).send('This is too large.\n')
    const { searchParams } = new URL(request.originalUrl, 'http://localhost')
    const secret = passwordOf(request.get('Authorization')) ?? searchParams.get('secret') ?? ''
    const reading = await provider.read({ body, secret })
    if (reading.outcome !== 'reports') {
      context.log.warn({ provider: name, reason: reading.reason }, 'a webhook was not taken')
      const status = reading.outcome === 'refused' ? 401 : 400
      return void response.status(status).send(`Not taken: ${reading.reason}.\n`)
    }
    for (const report of reading.reports) await processProviderReport(context, report)
    response.send('taken\n')
  }
}

async function processProviderReport(context: InboundContext, { kind, status, marked, recipient }: ProviderReport): Promise<void> {
  const deliveryId = markIn(context, marked) ?? (await lastTo(context, recipient))
  if (deliveryId === undefined) return context.log.info({ kind, status }, 'a provider told of mail that is not ours')
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

/** Of `Basic base64(user:password)` (RFC 7617); the name is not looked at. */
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
