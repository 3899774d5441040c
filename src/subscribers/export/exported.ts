import type { SuppressionReason } from '../../outbox/suppressions.ts'
import type { Consent } from '../consent-store.ts'
import type { Listed } from '../subscriber.ts'

/** A subscriber with all that is proof of consent. */
export interface Exported extends Listed {
  /** Of each subscription, in the order in which it happened. */
  readonly consents: readonly Consent[]
  readonly suppressed: SuppressionReason | undefined
}

/** An address that gets no mail, and that no subscriber has. */
export interface Barred {
  readonly addressKey: string
  readonly reason: SuppressionReason
}
