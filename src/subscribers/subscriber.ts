export type SubscriptionState = 'pending' | 'confirmed' | 'unsubscribed'

export interface Subscriber {
  readonly id: string
  readonly email: string
  readonly addressKey: string
  readonly name: string
  /** Chosen topics; none chosen means all. */
  readonly topics: readonly string[]
  readonly createdAt: Date
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
  readonly source: string
}

/** What somebody typed into the form; it is theirs to decide only once the address is proven. */
export interface Wishes {
  readonly name: string
  readonly topics: readonly string[]
}
