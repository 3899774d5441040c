import type { Queries } from '../platform/database/database.ts'
import { raiseEvent } from '../webhooks/event.ts'
import type { SubscribersContext } from './context.ts'
import { readSubscriber, readSubscriberByKey, readSubscriptionsOf } from './store.ts'
import { subscriberJson } from './subscriber-json.ts'

type Raising = Pick<SubscribersContext, 'clock' | 'random'>

/** Tells webhooks that these digests were confirmed or left, in the transaction that wrote it. Nothing if there are none. */
export async function raiseChoice(
  tx: Queries,
  context: Raising,
  type: 'subscriber.confirmed' | 'subscriber.unsubscribed',
  subscriberId: string,
  digests: readonly string[],
): Promise<void> {
  if (digests.length === 0) return
  await raiseEvent(tx, context, { type, data: () => describe(tx, subscriberId, { digests }) })
}

/** What the receiving side said about mail to a subscriber. */
export interface Returned {
  readonly kind: 'hard' | 'soft' | 'complaint'
  /** The enhanced status code (RFC 3463), if given. */
  readonly status: string | undefined
  /** Whether the address gets no more mail because of it. */
  readonly isSuppressed: boolean
}

/** Tells webhooks of a bounce or complaint, in the transaction that records it. Nothing if the address belongs to no subscriber. */
export async function raiseReturned(tx: Queries, context: Raising, addressKey: string, returned: Returned): Promise<void> {
  const { kind, status, isSuppressed } = returned
  await raiseEvent(tx, context, {
    type: kind === 'complaint' ? 'subscriber.complained' : 'subscriber.bounced',
    async data() {
      const found = await readSubscriberByKey(tx, addressKey)
      return found && describe(tx, found.id, { report: { kind, status: status ?? null, suppressed: isSuppressed } })
    },
  })
}

/** Locks the subscriber: an erasure at the same time either sees this event or leaves nobody to describe. */
async function describe(tx: Queries, subscriberId: string, more: object): Promise<object | undefined> {
  const subscriber = await readSubscriber(tx, subscriberId, 'locked')
  if (!subscriber) return undefined
  return { ...subscriberJson({ ...subscriber, subscriptions: await readSubscriptionsOf(tx, subscriberId) }), ...more }
}
