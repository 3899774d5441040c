import { deliveriesTo } from '../../outbox/erase.ts'
import { holderOf } from '../choices.ts'
import { readConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { readSubscriptionsOf } from '../store.ts'

/** All stored data of the reader of a preferences link, readable by people and machines. Undefined if the link is invalid. */
export async function readOwnData(context: SubscribersContext, token: string): Promise<object | undefined> {
  const subscriber = await holderOf(context, token)
  if (!subscriber) return undefined
  const [subscriptions, consents, deliveries] = await Promise.all([
    readSubscriptionsOf(context.database, subscriber.id),
    readConsents(context.database, [subscriber.id]),
    deliveriesTo(context.database, subscriber.addressKey),
  ])
  const instant = (at: Date | undefined) => at?.toISOString() ?? null
  return {
    email: subscriber.email,
    name: subscriber.name,
    language: subscriber.language,
    topics: subscriber.topics,
    paused_until: instant(subscriber.pausedUntil),
    created_at: instant(subscriber.createdAt),
    updated_at: instant(subscriber.updatedAt),
    subscriptions: subscriptions.map((one) => ({
      digest: one.digest,
      state: one.state,
      source: one.source,
      requested_at: instant(one.requestedAt),
      confirmed_at: instant(one.confirmedAt),
      unsubscribed_at: instant(one.unsubscribedAt),
    })),
    history: consents.map((one) => ({
      digest: one.digest,
      event: one.event,
      at: instant(one.at),
      source: one.source,
      network_address: one.networkAddress ?? null,
      wording: one.wording,
      basis: one.basis,
    })),
    mail: deliveries.map((one) => ({
      kind: one.kind,
      digest: one.list === '' ? null : one.list,
      state: one.state,
      owed_at: instant(one.enqueuedAt),
      settled_at: instant(one.settledAt),
    })),
  }
}
