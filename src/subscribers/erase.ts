import { addressHashesOf, addressHashOf, anonymiseAddress, deliveriesTo, maskInOutbox, maskInReplies } from '../outbox/erase.ts'
import { readSuppression, suppress, suppressErased } from '../outbox/suppressions.ts'
import type { Actor } from '../platform/actor.ts'
import type { Queries } from '../platform/database/database.ts'
import { parseAddress } from '../platform/email-address.ts'
import { eraseInWebhooks } from '../webhooks/erase.ts'
import type { SubscribersContext } from './context.ts'
import type { Erasure } from './erased-file.ts'
import { insertErasures, listAddresses } from './erasure-store.ts'
import { countErased, rewindGrowth } from './growth/growth-store.ts'
import { maskInRemarks } from './import/import-store.ts'
import { dropWaitingUploads } from './import/upload-store.ts'
import { dropSignUpsOf } from './sign-up/sign-up-store.ts'
import { deleteSubscriber, readSubscriber, readSubscriberByKey } from './store.ts'

/** What an erasure needs. */
export type ErasureContext = Pick<SubscribersContext, 'database' | 'tokens' | 'clock' | 'noteErasure' | 'maskElsewhere'> &
  Partial<Pick<SubscribersContext, 'log' | 'recordAudit'>>

/** Erases all data of the reader of a preferences link. Returns false if the link is invalid. */
export async function eraseByLink(context: SubscribersContext, token: string): Promise<boolean> {
  const id = context.tokens.verify(token, 'preferences')
  return id !== undefined && erase(context, id)
}

/** Erases all data about an address for an operator, also where nobody subscribed. Returns false if nothing is stored about it. */
export async function eraseByAddress(context: SubscribersContext, email: string, by: Actor): Promise<boolean> {
  const address = parseAddress(email)
  if (!address) return false
  const found = await readSubscriberByKey(context.database, address.key)
  if (found) return erase(context, found.id, by)
  const data = { forms: [address.email], key: address.key }
  return eraseData(context, data, () => Promise.resolve(data), by)
}

/**
 * Erases all data of a subscriber: choices, proof of consent, and the address in every table. A keyed hash stays, so that no import
 * or sign-up adds the address again. Returns false if there is no such subscriber. `by`: the operator; absent where readers erase themselves.
 */
export async function erase(context: ErasureContext, subscriberId: string, by?: Actor): Promise<boolean> {
  const known = await readSubscriber(context.database, subscriberId)
  if (!known) return false
  const deleteRecord = async (tx: Queries): Promise<Erased | undefined> => {
    const subscriber = await readSubscriber(tx, subscriberId, 'locked')
    if (!subscriber) return undefined
    await countErased(tx, subscriberId, context.clock.now())
    await deleteSubscriber(tx, subscriberId)
    await rewindGrowth(tx)
    return { forms: [subscriber.email], key: subscriber.addressKey, subscriberId }
  }
  return eraseData(context, { forms: [known.email], key: known.addressKey }, deleteRecord, by)
}

interface Erased {
  /** The address as it was written. */
  readonly forms: readonly string[]
  readonly key: string
  readonly subscriberId?: string
}

/**
 * `known` is the address as it stands before. Replies of servers are masked outside the transaction, because there may be millions: once
 * before it, and once after it for those that came meanwhile. A crash before the transaction leaves an erasure that can be asked again.
 */
async function eraseData(
  context: ErasureContext,
  known: Erased,
  deleteRecord: (tx: Queries) => Promise<Erased | undefined>,
  by?: Actor,
): Promise<boolean> {
  const { database, tokens, clock } = context
  const beganAt = clock.now()
  const maskReplies = async (since: Date) => {
    let changed = 0
    for (const form of new Set([...known.forms, known.key])) changed += await maskInReplies(database, form, since)
    return changed
  }
  const inReplies = await maskReplies(new Date(0))
  const isErased = await database.transaction(async (tx) => {
    const erased = await deleteRecord(tx)
    if (!erased) return false
    const { key } = erased
    const wasSuppressed = (await readSuppression(tx, tokens, key))?.addressKey !== undefined
    const dropped = await dropSignUpsOf(tx, key)
    // A list that waits at the desk may hold the address. Its operator uploads it again.
    await dropWaitingUploads(tx)
    let masked = inReplies
    // Before the deliveries lose their addresses: masking looks at texts only.
    for (const form of new Set([...erased.forms, key])) masked += await maskEverywhere(tx, context, form)
    const hasMail = (await deliveriesTo(tx, key)).length > 0
    if (erased.subscriberId === undefined && !wasSuppressed && !hasMail && dropped + masked === 0) return false
    // Before the commit: a crash in between leaves one note too many, never one too few.
    const noted = { addressHash: addressHashOf(tokens, key), at: clock.now() }
    context.noteErasure?.(noted.addressHash, noted.at)
    await insertErasures(tx, [noted])
    await suppress(tx, tokens, key, 'erasure', clock.now())
    await anonymiseAddress(tx, tokens, key)
    if (by) await context.recordAudit?.(tx, { action: 'subscriber.erase', subject: erased.subscriberId ?? null, by })
    return true
  })
  await maskReplies(beganAt)
  // Also where nothing was found: an erasure before a crash may have left its log.
  const isLogEmpty = (await database.emptyLog?.()) ?? true
  if (!isLogEmpty) context.log?.warn('another process reads the database, so its log still holds an erased address: erase again later')
  return isErased
}

async function maskEverywhere(tx: Queries, { maskElsewhere }: ErasureContext, address: string): Promise<number> {
  return (
    (await maskInRemarks(tx, address)) +
    (await maskInOutbox(tx, address)) +
    (await eraseInWebhooks(tx, address)) +
    ((await maskElsewhere?.(tx, address)) ?? 0)
  )
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
      const times = addressHashesOf(tokens, addressKey).flatMap((hash) => erasedAt.get(hash) ?? [])
      const at = Math.max(...times)
      if (times.length > 0 && createdAt.getTime() <= at && (await erase({ database, tokens, clock }, id))) count++
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
