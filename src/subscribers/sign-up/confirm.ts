import { enqueueEmail } from '../../outbox/enqueue.ts'
import { newId } from '../../platform/ids.ts'
import { readerLanguage } from '../../publication/reader-language.ts'
import { recordConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { welcomeEdition } from '../mail.ts'
import { confirmPending, readSubscriber, readSubscriptionsOf } from '../store.ts'
import type { Subscriber, Subscription } from '../subscriber.ts'
import { raiseChoice } from '../subscriber-events.ts'

export type Confirmation =
  | { readonly status: 'open'; readonly digests: readonly string[] }
  | { readonly status: 'confirmed'; readonly digests: readonly string[]; readonly preferencesToken: string }
  /** This link was used before. */
  | { readonly status: 'already'; readonly digests: readonly string[] }
  | { readonly status: 'expired' }
  /** Invalid, or replaced by a newer link. */
  | { readonly status: 'unknown' }

/** What the link would confirm. Changes nothing, because mail scanners open links. */
export async function inspectConfirmation(context: SubscribersContext, token: string): Promise<Confirmation> {
  const found = await findRequest(context, token)
  if (!found) return { status: 'unknown' }
  if (found.isSpent) return { status: 'already', digests: found.digests }
  if (found.until <= context.clock.now()) return { status: 'expired' }
  return { status: 'open', digests: found.digests }
}

/** The language of the pages that a confirmation link opens. */
export async function languageOfConfirmLink(context: SubscribersContext, token: string): Promise<string> {
  const found = await findRequest(context, token)
  return readerLanguage(context.publication(), found?.subscriber.language ?? '')
}

/** The text shown when the reader confirms. */
export interface Agreement {
  readonly wording: string
  readonly networkAddress: string | undefined
}

/** Confirms all digests of a sign-up, once, and enqueues the welcome. */
export async function confirm(context: SubscribersContext, token: string, agreement?: Agreement): Promise<Confirmation> {
  const found = await findRequest(context, token)
  if (!found) return { status: 'unknown' }
  if (found.isSpent) return { status: 'already', digests: found.digests }
  const now = context.clock.now()
  if (found.until <= now) return { status: 'expired' }
  const { subscriber, nonce } = found
  const edition = await welcomeEdition(context, found.digests, readerLanguage(context.publication(), subscriber.language))
  const preferencesToken = context.tokens.make('preferences', subscriber.id)
  const digests = await context.database.transaction(async (tx) => {
    const confirmed = await confirmPending(tx, subscriber.id, nonce, spent(nonce), context.publication().topics.keys(), now)
    if (confirmed.length > 0) {
      const { wording = '', networkAddress } = agreement ?? {}
      const proof = { subscriberId: subscriber.id, event: 'confirmed', at: now, networkAddress, wording, basis: 'consent' } as const
      await recordConsents(
        tx,
        confirmed.map((digest) => ({ ...proof, digest, source: 'confirmation' })),
      )
      const mailing = { id: newId(context.clock, context.random), kind: 'welcome', list: '' } as const
      const placeholders = { preferences_token: preferencesToken }
      await enqueueEmail(tx, mailing, edition, { address: subscriber.email, addressKey: subscriber.addressKey, placeholders }, now)
      await raiseChoice(tx, context, 'subscriber.confirmed', subscriber.id, confirmed)
    }
    return confirmed
  })
  // Another request with the same link, or an unsubscribe, came first.
  if (digests.length === 0) return inspectConfirmation(context, token)
  context.triggerSender()
  return { status: 'confirmed', digests, preferencesToken }
}

interface RequestedConfirmation {
  readonly subscriber: Subscriber
  readonly nonce: string
  readonly until: Date
  readonly digests: readonly string[]
  readonly isSpent: boolean
}

/** The sign-up that the token belongs to, pending or already confirmed. */
async function findRequest(context: SubscribersContext, token: string): Promise<RequestedConfirmation | undefined> {
  const subscriberId = context.tokens.peek(token)
  const subscriber = subscriberId && (await readSubscriber(context.database, subscriberId))
  if (!subscriber) return undefined
  const held = (await readSubscriptionsOf(context.database, subscriber.id)).filter((one) => one.state !== 'unsubscribed')
  const matchesToken = ({ nonce, confirmUntil }: Subscription) =>
    context.tokens.verify(token, 'confirm', confirmContext(unspent(nonce), confirmUntil)) !== undefined
  const first = held.find(matchesToken)
  if (!first) return undefined
  const digests = held.filter((one) => one.nonce === first.nonce).map((one) => one.digest)
  return { subscriber, nonce: first.nonce, until: first.confirmUntil, digests, isSpent: first.state === 'confirmed' }
}

/** A spent nonce confirms nothing, but identifies a second click on the same link. */
function spent(nonce: string): string {
  return `spent ${nonce}`
}

function unspent(nonce: string): string {
  return nonce.replace(/^spent /, '')
}

/** The token depends on nonce and expiry, so a newer request or a use invalidates it. */
export function confirmContext(nonce: string, until: Date): string {
  return `${nonce} ${until.getTime()}`
}
