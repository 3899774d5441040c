import { isFetchAllowed } from '../platform/http/fetch-allowance.ts'
import { type Posted, postPublic } from '../platform/http/safe-fetch.ts'
import { redact } from '../platform/redact.ts'
import type { WebhooksContext } from './context.ts'
import type { Attempt } from './delivery.ts'
import type { Claimed } from './delivery-store.ts'
import { faultOfEndpointUrl } from './endpoint-url.ts'
import { readRetryAfter } from './retry.ts'
import { signatureHeaders } from './signature.ts'

/** Standard Webhooks recommends 15 to 30 seconds. */
const answerMs = 15_000
/** Characters of an answer in the log. */
const longestAnswer = 1_024
/** Bytes that are read of an answer: enough for that many characters. */
const maxBytes = 4 * longestAnswer

export interface AttemptOutcome {
  readonly attempt: Attempt
  /** The receiver asks for nothing more (410 Gone). */
  readonly isGone: boolean
  readonly retryAfterMs: number | undefined
}

export interface Target {
  readonly url: string
  /** The present one first. */
  readonly secrets: readonly string[]
}

/** Posts an event once. Only an answer of 2xx is a success. Never throws for what the receiver does. */
export async function attemptDelivery(
  { clock, fetchAllow, fetching, answerMs: timeoutMs = answerMs }: WebhooksContext,
  { url, secrets }: Target,
  { eventId, payload }: Pick<Claimed, 'eventId' | 'payload'>,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const at = clock.now()
  const fault = await faultOfEndpointUrl(url, fetchAllow)
  const headers = { 'Content-Type': 'application/json', ...signatureHeaders({ id: eventId, at, body: payload }, secrets) }
  const posted: Posted = fault
    ? { status: 'refused', readBytes: 0, reason: `the address ${fault}` }
    : await postPublic(
        new URL(url),
        { headers, body: payload, timeoutMs, maxBytes, signal },
        isFetchAllowed(fetchAllow, 'webhook', new URL(url)),
        fetching,
      )
  const tookMs = Math.max(0, clock.now().getTime() - at.getTime())
  if (posted.status === 'refused') {
    const attempt = { at, tookMs, status: undefined, reason: redact(posted.reason).slice(0, 500), answer: undefined }
    return { attempt, isGone: false, retryAfterMs: undefined }
  }
  const { code, headers: answered, body } = posted
  const attempt = { at, tookMs, status: code, reason: reasonOf(code), answer: loggedAnswer(body) }
  return { attempt, isGone: code === 410, retryAfterMs: readRetryAfter(answered['retry-after'], clock.now()) }
}

function reasonOf(code: number): string | undefined {
  if (code >= 200 && code < 300) return undefined
  return code >= 300 && code < 400 ? `answered ${code}: redirects are not followed` : `answered ${code}`
}

/** PostgreSQL stores no U+0000. Redacted before it is cut, and without a word that was cut, so that no part of an address stays. */
function loggedAnswer(body: Buffer): string | undefined {
  const whole = body.toString('utf8').replaceAll('\0', '')
  const text = redact(body.length < maxBytes ? whole : whole.replace(/\S*$/, ''))
  return text === '' ? undefined : text.slice(0, longestAnswer).toWellFormed()
}
