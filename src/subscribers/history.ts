import { type DeliveryOutcome, outcomesTo } from '../outbox/delivery-queries.ts'
import { readSuppression, type Suppression } from '../outbox/suppressions.ts'
import { type Consent, readConsents } from './consent-store.ts'
import type { SubscribersContext } from './context.ts'
import { readListed } from './segment-store.ts'
import type { Listed } from './subscriber.ts'

/** All that is on record about one reader. */
export interface ReaderHistory {
  readonly subscriber: Listed
  /** Why the address gets no mail. */
  readonly suppression: Suppression | undefined
  /** What the reader agreed to and ended, oldest first. */
  readonly consents: readonly Consent[]
  /** Oldest first. */
  readonly deliveries: readonly DeliveryOutcome[]
}

/** The history of a subscriber; undefined if there is none of this id. */
export async function readHistory(context: SubscribersContext, id: string): Promise<ReaderHistory | undefined> {
  const { database, tokens } = context
  const [subscriber] = await readListed(database, [id])
  if (!subscriber) return undefined
  const [suppression, consents, deliveries] = await Promise.all([
    readSuppression(database, tokens, subscriber.addressKey),
    readConsents(database, [id]),
    outcomesTo(database, subscriber.addressKey),
  ])
  return { subscriber, suppression, consents, deliveries }
}
