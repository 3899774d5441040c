import { cancelQueuedFor, enqueueEmail } from '../outbox/enqueue.ts'
import type { Queries } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import { readerLanguage } from '../publication/reader-language.ts'
import { recordConsents } from './consent-store.ts'
import type { SubscribersContext } from './context.ts'
import { goodbyeEdition } from './mail.ts'
import { endSubscription, readSubscriber, readSubscriberByKey, readSubscription, readSubscriptionsOf } from './store.ts'
import type { Subscriber } from './subscriber.ts'
import { raiseChoice } from './subscriber-events.ts'

/** The subscriber of links in test messages. */
export const testSubscriberId = '00000000-0000-0000-0000-000000000000'

export type UnsubscribeOutcome =
  | { readonly status: 'reading'; readonly digest: string }
  | { readonly status: 'left'; readonly digest: string }
  /** All digests were left. */
  | { readonly status: 'left_all' }
  /** The link is valid, but its subscriber no longer exists. */
  | { readonly status: 'gone' }
  /** A link in a test message. */
  | { readonly status: 'test' }
  | { readonly status: 'unknown' }

/** How a reader unsubscribed, for example with the button of the mail program, on a page or by mail. */
export type UnsubscribeMethod = 'one-click' | 'page' | 'mail' | 'preferences' | 'feed instead' | 'operator'

/** What an unsubscribe link refers to. Changes nothing. */
export async function inspectUnsubscribe(context: SubscribersContext, token: string): Promise<UnsubscribeOutcome> {
  const id = context.tokens.verify(token, 'unsubscribe')
  if (id === testSubscriberId) return { status: 'test' }
  if (id === undefined) return { status: 'unknown' }
  const subscription = await readSubscription(context.database, id)
  if (!subscription) return { status: 'gone' }
  return { status: subscription.state === 'unsubscribed' ? 'left' : 'reading', digest: subscription.digest }
}

/** The language of the pages that an unsubscribe link opens. */
export async function languageOfUnsubscribeLink(context: SubscribersContext, token: string): Promise<string> {
  const id = context.tokens.verify(token, 'unsubscribe')
  const subscription = id === undefined ? undefined : await readSubscription(context.database, id)
  const subscriber = subscription && (await readSubscriber(context.database, subscription.subscriberId))
  return readerLanguage(context.publication(), subscriber?.language ?? '')
}

/**
 * Ends the digest of the link, or all digests with `everything`, and cancels its queued deliveries in one transaction (RFC 8058 §3.2).
 * Idempotent. The link works until the secret changes.
 */
export async function unsubscribe(
  context: SubscribersContext,
  token: string,
  method: UnsubscribeMethod = 'page',
  everything = false,
): Promise<UnsubscribeOutcome> {
  const id = context.tokens.verify(token, 'unsubscribe')
  if (id === testSubscriberId) return { status: 'test' }
  if (id === undefined) return { status: 'unknown' }
  return context.database.transaction(async (tx): Promise<UnsubscribeOutcome> => {
    const subscription = await readSubscription(tx, id)
    const subscriber = subscription && (await readSubscriber(tx, subscription.subscriberId))
    if (!subscription || !subscriber) return { status: 'gone' }
    await endDigests(tx, context, subscriber, everything ? undefined : [subscription.digest], method)
    return everything ? { status: 'left_all' } : { status: 'left', digest: subscription.digest }
  })
}

/**
 * Unsubscribes by mail. The reader sees no page, so an email confirms it once. `digest` is the list of the answered delivery; it is
 * empty for confirmations and the like, and then means all digests. False if there was nothing to end.
 */
export async function unsubscribeByMail(context: SubscribersContext, addressKey: string, digest: string): Promise<boolean> {
  const found = await readSubscriberByKey(context.database, addressKey)
  if (!found) return false
  const held = await readSubscriptionsOf(context.database, found.id)
  const isMeant = (one: { digest: string }) => digest === '' || one.digest === digest
  const left = held.filter((one) => isMeant(one) && one.state !== 'unsubscribed').map((one) => one.digest)
  if (left.length === 0) return false
  const remaining = held.filter((one) => !isMeant(one) && one.state === 'confirmed').map((one) => one.digest)
  const edition = await goodbyeEdition(context, left, remaining, readerLanguage(context.publication(), found.language))
  const hasLeft = await context.database.transaction(async (tx) => {
    const ended = await endDigests(tx, context, found, left, 'mail')
    if (ended.length === 0) return false
    const mailing = { id: newId(context.clock, context.random), kind: 'goodbye', list: '' } as const
    const placeholders = { preferences_token: context.tokens.make('preferences', found.id) }
    await enqueueEmail(tx, mailing, edition, { address: found.email, addressKey: found.addressKey, placeholders }, context.clock.now())
    return true
  })
  context.triggerSender()
  return hasLeft
}

/** Ends these digests of a reader, or all if undefined, and cancels their queued deliveries. Returns those that had not ended. */
export async function endDigests(
  tx: Queries,
  context: SubscribersContext,
  subscriber: Subscriber,
  digests: readonly string[] | undefined,
  method: UnsubscribeMethod,
): Promise<string[]> {
  const now = context.clock.now()
  const ended: string[] = []
  for (const one of await readSubscriptionsOf(tx, subscriber.id)) {
    if (digests && !digests.includes(one.digest)) continue
    if (await endSubscription(tx, one.id, now)) ended.push(one.digest)
    await cancelQueuedFor(tx, subscriber.addressKey, one.digest, 'the reader left the digest', now)
  }
  const proof = {
    subscriberId: subscriber.id,
    event: 'left',
    at: now,
    source: method,
    networkAddress: undefined,
    wording: '',
    basis: 'consent',
  } as const
  await recordConsents(
    tx,
    ended.map((digest) => ({ ...proof, digest })),
  )
  await raiseChoice(tx, context, 'subscriber.unsubscribed', subscriber.id, ended)
  return ended
}
