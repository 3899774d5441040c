import { anonymiseAddress } from '../outbox/erase.ts'
import { suppress } from '../outbox/suppressions.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersContext } from './context.ts'
import { dropSignUpsOf } from './sign-up/sign-up-store.ts'
import { deleteSubscriber, readSubscriber, readSubscriberByKey } from './store.ts'

/** Erases all data of the reader of a preferences link. Returns false if the link is invalid. */
export async function eraseByLink(context: SubscribersContext, token: string): Promise<boolean> {
  const id = context.tokens.verify(token, 'preferences')
  return id !== undefined && erase(context, id)
}

/** Erases all data of the subscriber with this address. Returns false if there is none. */
export async function eraseByAddress(context: SubscribersContext, email: string): Promise<boolean> {
  const key = parseAddress(email)?.key
  const found = key === undefined ? undefined : await readSubscriberByKey(context.database, key)
  return found !== undefined && erase(context, found.id)
}

/**
 * Erases all data of a subscriber: choices, proof of consent, and the address in every delivery. A keyed hash stays, so that no import
 * or sign-up adds the address again. Returns false if there is no such subscriber.
 */
export async function erase(context: SubscribersContext, subscriberId: string): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const subscriber = await readSubscriber(tx, subscriberId, 'locked')
    if (!subscriber) return false
    await deleteSubscriber(tx, subscriberId)
    await dropSignUpsOf(tx, subscriber.addressKey)
    await suppress(tx, context.tokens, subscriber.addressKey, 'erasure', context.clock.now())
    await anonymiseAddress(tx, context.tokens, subscriber.addressKey)
    return true
  })
}
