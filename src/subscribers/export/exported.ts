import type { SuppressionReason } from '../../outbox/suppressions.ts'
import type { Consent } from '../consent-store.ts'
import type { Listed } from '../subscriber.ts'

/** A subscriber with the full proof of consent. */
export interface Exported extends Listed {
  /** Of all subscriptions, in chronological order. */
  readonly consents: readonly Consent[]
  readonly suppressed: SuppressionReason | undefined
}

/** A suppressed address that belongs to no subscriber. */
export interface SuppressedAddress {
  readonly addressKey: string
  readonly reason: SuppressionReason
}
