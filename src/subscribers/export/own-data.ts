import { deliveriesTo } from '../../outbox/erase.ts'
import { holderOf } from '../choices.ts'
import { readConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { readSubscriptionsOf } from '../store.ts'

/** All that is stored of the reader of a preferences link, in words that can be read by people and machines; undefined where there is none. */
export async function readOwnData(context: SubscribersContext, token: string): Promise<object | undefined> {
  const subscriber = await holderOf(context, token)
  if (!subscriber) return undefined
  const [subscriptions, consents, deliveries] = await Promise.all([
    readSubscriptionsOf(context.database, subscriber.id),
    readConsents(context.database, [subscriber.id]),
    deliveriesTo(context.database, subscriber.addressKey),
  ])
  const told = (at: Date | undefined) => at?.toISOString() ?? null
  return {
    email: subscriber.email,
    name: subscriber.name,
    language: subscriber.language,
    topics: subscriber.topics,
    paused_until: told(subscriber.pausedUntil),
    created_at: told(subscriber.createdAt),
    updated_at: told(subscriber.updatedAt),
    subscriptions: subscriptions.map((one) => ({
      digest: one.digest,
      state: one.state,
      source: one.source,
      requested_at: told(one.requestedAt),
      confirmed_at: told(one.confirmedAt),
      unsubscribed_at: told(one.unsubscribedAt),
    })),
    history: consents.map((one) => ({
      digest: one.digest,
      event: one.event,
      at: told(one.at),
      source: one.source,
      network_address: one.networkAddress ?? null,
      wording: one.wording,
      basis: one.basis,
    })),
    mail: deliveries.map((one) => ({
      kind: one.kind,
      digest: one.list === '' ? null : one.list,
      state: one.state,
      owed_at: told(one.enqueuedAt),
      settled_at: told(one.settledAt),
    })),
  }
}
