import type { RequestHandler } from 'express'
import { fetchPublic } from '../platform/http/safe-fetch.ts'
import type { InboundContext } from './context.ts'
import { postmark } from './providers/postmark.ts'
import type { FetchText, Provider, ProviderSecrets } from './providers/provider.ts'
import { ses } from './providers/ses.ts'
import { receiveWebhook } from './webhook-messages.ts'
import { noteQuerySecret, webhookSecret } from './webhook-secrets.ts'

/** Configured providers, by their name in `/inbound/:provider`. */
export type Providers = Readonly<Record<string, Provider>>

export function providersWith(secrets: ProviderSecrets, fetchText: FetchText = fetchFromPublic): Providers {
  return {
    ...(secrets.ses && { ses: ses(secrets.ses, fetchText) }),
    ...(secrets.postmark && { postmark: postmark(secrets.postmark) }),
  }
}

/** A report contains at most the message itself. */
const maxBodyBytes = 5 * 1024 * 1024

/**
 * `POST /inbound/:provider`. 200: the reports are committed. 400: invalid body. 401: not from the provider. 403: too old, or from another
 * topic. 404: the provider is not configured. Providers repeat requests that were not answered with 200.
 */
export function webhookHandler(context: InboundContext, providers: Providers): RequestHandler<{ provider: string }> {
  return async (request, response) => {
    const { provider: name } = request.params
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
    response.type('text').set('Cache-Control', 'no-store')
    if (!provider) return void response.status(404).send('Unknown or unconfigured provider.\n')
    const { searchParams } = new URL(request.originalUrl, 'http://localhost')
    const password = passwordOf(request.get('Authorization'))
    const secret = password ?? searchParams.get('secret') ?? ''
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
    const known = webhookSecret(context, name, secret)
    if (password === undefined) await noteQuerySecret(context, known)
    const received = await receiveWebhook(context, known, reading.reports, reading.origin)
    if (received.outcome === 'refused') return reject(403, received.reason)
    if (received.outcome === 'known') context.log.info({ provider: name, messageId: reading.origin?.messageId }, 'webhook repeated')
    response.send('accepted\n')
  }
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
