import { stateOf } from '../subscriber.ts'
import type { Exported, SuppressedAddress } from './exported.ts'

/** One line per subscriber (NDJSON) with the field names of the API. With `digest`, only the subscription to it. */
export function jsonOfSubscribers(some: readonly Exported[], digest: string | undefined): string {
  return some.map((one) => `${JSON.stringify(recordOf(one, digest))}\n`).join('')
}

export function jsonOfSuppressed(some: readonly SuppressedAddress[]): string {
  return some.map((one) => `${JSON.stringify({ email: one.addressKey, suppressed: one.reason })}\n`).join('')
}

function recordOf(one: Exported, digest: string | undefined) {
  const isIncluded = (of: { readonly digest: string }) => digest === undefined || of.digest === digest
  return {
    id: one.id,
    email: one.email,
    name: one.name,
    state: stateOf(one.subscriptions),
    topics: one.topics,
    language: one.language,
    paused_until: instant(one.pausedUntil),
    created_at: instant(one.createdAt),
    suppressed: one.suppressed ?? null,
    subscriptions: one.subscriptions.filter(isIncluded).map((subscription) => ({
      digest: subscription.digest,
      state: subscription.state,
      requested_at: instant(subscription.requestedAt),
      confirmed_at: instant(subscription.confirmedAt),
      unsubscribed_at: instant(subscription.unsubscribedAt),
      source: subscription.source,
    })),
    consents: one.consents.filter(isIncluded).map((consent) => ({
      digest: consent.digest,
      event: consent.event,
      at: instant(consent.at),
      source: consent.source,
      network_address: consent.networkAddress ?? null,
      wording: consent.wording,
      basis: consent.basis,
    })),
  }
}

function instant(at: Date | undefined): string | null {
  return at?.toISOString() ?? null
}
