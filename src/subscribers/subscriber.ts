export type SubscriptionState = 'pending' | 'confirmed' | 'unsubscribed'

export interface Subscriber {
  readonly id: string
  readonly email: string
  readonly addressKey: string
  readonly name: string
  /** Chosen topics; none chosen means all. */
  readonly topics: readonly string[]
  /** The language of their choice (BCP 47); empty where none was chosen. */
  readonly language: string
  /** Until then no digest is sent. */
  readonly pausedUntil: Date | undefined
  /** When the last confirmation was sent that nobody followed, and how many were in a row. */
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
  /** When the reader last left. A "no" that stays while a new sign-up waits to be confirmed, and that no import may wipe. */
  readonly unsubscribedAt: Date | undefined
  readonly source: string
}

/** A subscriber as lists have them: with all subscriptions. */
export interface Listed extends Subscriber {
  /** In the order of their digests. */
  readonly subscriptions: readonly Subscription[]
}

/** A subscriber's state follows from the subscriptions: unsubscribed when no live one is left. */
export function stateOf(subscriptions: readonly Pick<Subscription, 'state'>[]): SubscriptionState {
  const order = ['confirmed', 'pending'] as const
  return order.find((state) => subscriptions.some((one) => one.state === state)) ?? 'unsubscribed'
}

/** What somebody typed into the form; it is theirs to decide only once the address is proven. */
export interface RequestedChoices {
  readonly name: string
  readonly topics: readonly string[]
}
