export const subscriptionStates = ['pending', 'confirmed', 'unsubscribed'] as const
export type SubscriptionState = (typeof subscriptionStates)[number]

export interface Subscriber {
  readonly id: string
  readonly email: string
  readonly addressKey: string
  readonly name: string
  /** Chosen topics. Empty means all. */
  readonly topics: readonly string[]
  /** Chosen language (BCP 47); empty if none was chosen. */
  readonly language: string
  /** No digest is sent before this time. */
  readonly pausedUntil: Date | undefined
  /** When the last unconfirmed confirmation was sent. `timesAsked` counts consecutive ones. */
  readonly askedAt: Date | undefined
  readonly timesAsked: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Subscription {
  readonly id: string
  readonly subscriberId: string
  readonly digest: string
  readonly state: SubscriptionState
  readonly nonce: string
  readonly requestedAt: Date
  readonly confirmUntil: Date
  readonly confirmedAt: Date | undefined
  /** Last unsubscribe. It stays while a new sign-up waits for confirmation, and no import may remove it. */
  readonly unsubscribedAt: Date | undefined
  readonly source: string
}

/** A subscriber with all subscriptions. */
export interface Listed extends Subscriber {
  /** Sorted by digest. */
  readonly subscriptions: readonly Subscription[]
}

/** A subscriber is unsubscribed if no subscription is confirmed or pending. */
export function stateOf(subscriptions: readonly Pick<Subscription, 'state'>[]): SubscriptionState {
  const order = ['confirmed', 'pending'] as const
  return order.find((state) => subscriptions.some((one) => one.state === state)) ?? 'unsubscribed'
}

/** Choices from a sign-up form. They take effect once the address is proven. */
export interface RequestedChoices {
  readonly name: string
  readonly topics: readonly string[]
}
