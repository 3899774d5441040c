import { anonymiseAddress } from '../outbox/erase.ts'
import { suppress } from '../outbox/suppressions.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersRoom } from './context.ts'
import { dropSignUpsOf } from './sign-up/sign-up-store.ts'
import { deleteSubscriber, readSubscriber, readSubscriberByKey } from './store.ts'

/** Takes away all that is stored of the reader of a preferences link. False where the link is not one of ours. */
export async function eraseByLink(room: SubscribersRoom, token: string): Promise<boolean> {
  const id = room.tokens.verify(token, 'preferences')
  return id !== undefined && erase(room, id)
}

/** Takes away all that is stored of whoever has that address. False where nobody has. */
export async function eraseByAddress(room: SubscribersRoom, email: string): Promise<boolean> {
  const key = parseAddress(email)?.key
  const found = key === undefined ? undefined : await readSubscriberByKey(room.database, key)
  return found !== undefined && erase(room, found.id)
}

/**
 * Takes away all that is stored of a subscriber: choices, proof of consent, and the address in every record of mail. What is left is a
 * keyed hash, so that no import and no sign-up brings the address back. False where there is no such subscriber.
 */
export async function erase(room: SubscribersRoom, subscriberId: string): Promise<boolean> {
  return room.database.transaction(async (tx) => {
    const subscriber = await readSubscriber(tx, subscriberId, 'locked')
    if (!subscriber) return false
    await deleteSubscriber(tx, subscriberId)
    await dropSignUpsOf(tx, subscriber.addressKey)
    await suppress(tx, room.tokens, subscriber.addressKey, 'erasure', room.clock.now())
    await anonymiseAddress(tx, room.tokens, subscriber.addressKey)
    return true
  })
}
