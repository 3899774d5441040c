import { cancelQueuedFor } from '../outbox/owe.ts'
import type { Queries } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import { recordConsents } from './consents.ts'
import type { SubscribersRoom } from './room.ts'
import { endSubscription, keepConfirmed, readSubscriber, readSubscription, readSubscriptionsOf, writeChosen } from './store.ts'
import type { Subscriber } from './subscriber.ts'

/** A test message carries links too; they are about nobody. */
export const nobodyId = '00000000-0000-0000-0000-000000000000'

export type Leaving =
  | { readonly status: 'reading'; readonly digest: string }
  | { readonly status: 'left'; readonly digest: string }
  /** The link of a test message. */
  | { readonly status: 'test' }
  | { readonly status: 'unknown' }

/** What the unsubscribe link is about. Changes nothing. */
export async function lookAtLeaving(room: SubscribersRoom, token: string): Promise<Leaving> {
  const id = room.tokens.verify(token, 'unsubscribe')
  if (id === nobodyId) return { status: 'test' }
  const subscription = id && (await readSubscription(room.database, id))
  if (!subscription) return { status: 'unknown' }
  if (subscription.state !== 'unsubscribed') return { status: 'reading', digest: subscription.digest }
  return { status: 'left', digest: subscription.digest }
}

/** Leaves the one digest of the link, and cancels what is queued of it, in one transaction (RFC 8058 §3.2). Twice is fine. */
export async function leave(room: SubscribersRoom, token: string): Promise<Leaving> {
  const id = room.tokens.verify(token, 'unsubscribe')
  if (id === nobodyId) return { status: 'test' }
  const subscription = id && (await readSubscription(room.database, id))
  const subscriber = subscription && (await readSubscriber(room.database, subscription.subscriberId))
  if (!subscription || !subscriber) return { status: 'unknown' }
  await room.database.transaction((tx) => end(tx, room, subscriber, subscription))
  return { status: 'left', digest: subscription.digest }
}

export interface Choices {
  readonly email: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
}

/** What the reader of a preferences link gets now; undefined where the link is not one of ours. */
export async function readChoices(room: SubscribersRoom, token: string): Promise<Choices | undefined> {
  const subscriber = await holderOf(room, token)
  if (!subscriber) return undefined
  const held = await readSubscriptionsOf(room.database, subscriber.id)
  return {
    email: subscriber.email,
    topics: subscriber.topics,
    digests: held.filter((one) => one.state === 'confirmed').map((one) => one.digest),
  }
}

/** Makes the reader's digests and topics just these. The link proves the address, so nothing needs confirming again. */
export async function writeChoices(
  room: SubscribersRoom,
  token: string,
  choices: Pick<Choices, 'digests' | 'topics'>,
  wording: string,
): Promise<Choices | undefined> {
  const subscriber = await holderOf(room, token)
  if (!subscriber) return undefined
  const publication = room.publication()
  const now = room.clock.now()
  const topics = [...publication.topics.keys()].filter((topic) => choices.topics.includes(topic))
  await room.database.transaction(async (tx) => {
    const held = await readSubscriptionsOf(tx, subscriber.id)
    for (const digest of publication.digests.keys()) {
      const one = held.find((subscription) => subscription.digest === digest)
      const isWanted = choices.digests.includes(digest)
      if (isWanted && one?.state !== 'confirmed') {
        const id = one?.id ?? newId(room.clock, room.random)
        const nonce = newId(room.clock, room.random)
        await keepConfirmed(tx, { id, subscriberId: subscriber.id, digest, nonce, source: 'preferences' }, now)
        const proof = { subscriberId: subscriber.id, digest, at: now, source: 'preferences', networkAddress: undefined, basis: 'consent' }
        await recordConsents(tx, [{ ...proof, event: 'confirmed', wording }])
      }
      if (!isWanted && one && one.state !== 'unsubscribed') await end(tx, room, subscriber, one)
    }
    // Last, in the order in which confirming and freezing take their rows: subscription, then subscriber.
    await writeChosen(tx, subscriber.id, { topics: topics.length === publication.topics.size ? [] : topics }, now)
  })
  return readChoices(room, token)
}

async function holderOf(room: SubscribersRoom, token: string): Promise<Subscriber | undefined> {
  const id = room.tokens.verify(token, 'preferences')
  return id === undefined ? undefined : readSubscriber(room.database, id)
}

async function end(
  tx: Queries,
  room: SubscribersRoom,
  subscriber: Subscriber,
  subscription: { id: string; digest: string },
): Promise<void> {
  const now = room.clock.now()
  if (await endSubscription(tx, subscription.id, now)) {
    const { digest } = subscription
    const left = { subscriberId: subscriber.id, digest, event: 'left', at: now, source: 'link', networkAddress: undefined } as const
    await recordConsents(tx, [{ ...left, wording: '', basis: 'consent' }])
  }
  await cancelQueuedFor(tx, subscriber.addressKey, subscription.digest, 'the reader left the digest', now)
}
