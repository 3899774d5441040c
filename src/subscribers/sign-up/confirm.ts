import { enqueueEmail } from '../../outbox/enqueue.ts'
import { newId } from '../../platform/ids.ts'
import { recordConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { welcomeEdition } from '../mail.ts'
import { confirmPending, readSubscriber, readSubscriptionsOf } from '../store.ts'
import type { Subscriber, Subscription } from '../subscriber.ts'

export type Confirmation =
  | { readonly status: 'open'; readonly digests: readonly string[] }
  | { readonly status: 'confirmed'; readonly digests: readonly string[]; readonly preferencesToken: string }
  /** This very link was used before. */
  | { readonly status: 'already'; readonly digests: readonly string[] }
  | { readonly status: 'expired' }
  /** Never given out, altered, or replaced by a newer one. */
  | { readonly status: 'unknown' }

/** What the link would confirm. Changes nothing: mail scanners follow links. */
export async function inspectConfirmation(context: SubscribersContext, token: string): Promise<Confirmation> {
  const found = await findAsked(context, token)
  if (!found) return { status: 'unknown' }
  if (found.isSpent) return { status: 'already', digests: found.digests }
  if (found.until <= context.clock.now()) return { status: 'expired' }
  return { status: 'open', digests: found.digests }
}

/** What the page says where the reader says yes. */
export interface Agreement {
  readonly wording: string
  readonly networkAddress: string | undefined
}

/** The reader agreed: confirms everything in that sign-up, once, and enqueues the welcome. */
export async function confirm(context: SubscribersContext, token: string, agreement?: Agreement): Promise<Confirmation> {
  const found = await findAsked(context, token)
  if (!found) return { status: 'unknown' }
  if (found.isSpent) return { status: 'already', digests: found.digests }
  const now = context.clock.now()
  if (found.until <= now) return { status: 'expired' }
  const { subscriber, nonce } = found
  const edition = await welcomeEdition(context, found.digests)
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
    }
    return confirmed
  })
  // Another request came first: with the same link, or to leave.
  if (digests.length === 0) return inspectConfirmation(context, token)
  context.triggerSender()
  return { status: 'confirmed', digests, preferencesToken }
}

interface Asked {
  readonly subscriber: Subscriber
  readonly nonce: string
  readonly until: Date
  readonly digests: readonly string[]
  readonly isSpent: boolean
}

/** What the token was made for: a sign-up that waits, or one that it has confirmed. */
async function findAsked(context: SubscribersContext, token: string): Promise<Asked | undefined> {
  const subscriberId = context.tokens.peek(token)
  const subscriber = subscriberId && (await readSubscriber(context.database, subscriberId))
  if (!subscriber) return undefined
  const held = (await readSubscriptionsOf(context.database, subscriber.id)).filter((one) => one.state !== 'unsubscribed')
  const isMeant = ({ nonce, confirmUntil }: Subscription) =>
    context.tokens.verify(token, 'confirm', confirmContext(unspent(nonce), confirmUntil)) !== undefined
  const first = held.find(isMeant)
  if (!first) return undefined
  const digests = held.filter((one) => one.nonce === first.nonce).map((one) => one.digest)
  return { subscriber, nonce: first.nonce, until: first.confirmUntil, digests, isSpent: first.state === 'confirmed' }
}

/** A spent nonce confirms nothing any more, and still tells a second click from a stranger's link. */
function spent(nonce: string): string {
  return `spent ${nonce}`
}

function unspent(nonce: string): string {
  return nonce.replace(/^spent /, '')
}

/** What a confirmation token is keyed to besides the subscriber: a newer request or a later use voids it. */
export function confirmContext(nonce: string, until: Date): string {
  return `${nonce} ${until.getTime()}`
}
