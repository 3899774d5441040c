import { addressHashOf, anonymiseAddress } from '../outbox/erase.ts'
import { suppress, suppressErased } from '../outbox/suppressions.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersContext } from './context.ts'
import type { Erasure } from './erased-file.ts'
import { listAddresses } from './erasure-store.ts'
import { dropSignUpsOf } from './sign-up/sign-up-store.ts'
import { deleteSubscriber, readSubscriber, readSubscriberByKey } from './store.ts'

/** What an erasure needs. */
export type ErasureContext = Pick<SubscribersContext, 'database' | 'tokens' | 'clock' | 'noteErasure'>

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
export async function erase(context: ErasureContext, subscriberId: string): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const subscriber = await readSubscriber(tx, subscriberId, 'locked')
    if (!subscriber) return false
    // Before the commit: a crash in between leaves one note too many, never one too few.
    context.noteErasure?.(addressHashOf(context.tokens, subscriber.addressKey), context.clock.now())
    await deleteSubscriber(tx, subscriberId)
    await dropSignUpsOf(tx, subscriber.addressKey)
    await suppress(tx, context.tokens, subscriber.addressKey, 'erasure', context.clock.now())
    await anonymiseAddress(tx, context.tokens, subscriber.addressKey)
    return true
  })
}

const addressesPerPage = 1_000

/**
 * For a restored backup: erases again who was erased after it was made. Returns how many. A subscriber who is newer than the erasure has
 * signed up again and stays. Addresses that the backup does not know are suppressed again, if its time is known.
 */
export async function eraseAgain(
  { database, tokens, clock }: ErasureContext,
  erasures: readonly Erasure[],
  backupMadeAt: Date | undefined,
): Promise<number> {
  const erasedAt = new Map<string, number>()
  for (const { addressHash, at } of erasures) erasedAt.set(addressHash, Math.max(at.getTime(), erasedAt.get(addressHash) ?? 0))
  if (erasedAt.size === 0) return 0
  let count = 0
  for (let after = '', page = await listAddresses(database, after, addressesPerPage); page.length > 0; ) {
    for (const { id, addressKey, createdAt } of page) {
      const at = erasedAt.get(addressHashOf(tokens, addressKey))
      if (at !== undefined && createdAt.getTime() <= at && (await erase({ database, tokens, clock }, id))) count++
    }
    after = page.at(-1)?.id ?? ''
    page = await listAddresses(database, after, addressesPerPage)
  }
  if (backupMadeAt) {
    const later = [...erasedAt].filter(([, at]) => at > backupMadeAt.getTime())
    await database.transaction(async (tx) => {
      for (const [addressHash, at] of later) await suppressErased(tx, addressHash, new Date(at))
    })
  }
  return count
}
