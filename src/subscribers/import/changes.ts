import { cancelQueuedFor } from '../../outbox/enqueue.ts'
import { type SuppressionReason, suppress } from '../../outbox/suppressions.ts'
import type { Queries } from '../../platform/database/database.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import { type Consent, recordConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { endSubscription } from '../store.ts'
import {
  confirmImported,
  fillBlanks,
  insertSubscribers,
  insertSubscriptions,
  type NewSubscriber,
  type NewSubscription,
} from './import-store.ts'
import type { Proof } from './row.ts'

/** Another process wrote one of these addresses in the meantime: decide again. */
export class BatchOvertaken extends Error {}

/** Collects the changes of one import batch and writes them together. */
export class ImportChanges {
  readonly #context: SubscribersContext
  readonly #now: Date
  readonly #subscribers: NewSubscriber[] = []
  readonly #subscriptions = new Map<string, NewSubscription>()
  readonly #consents: Consent[] = []
  readonly #updates: ((tx: Queries) => Promise<unknown>)[] = []
  readonly #suppressions: { addressKey: string; reason: SuppressionReason }[] = []

  constructor(context: SubscribersContext, now: Date) {
    this.#context = context
    this.#now = now
  }

  addSubscriber(subscriber: NewSubscriber): void {
    this.#subscribers.push(subscriber)
  }

  addSubscription(subscription: NewSubscription): void {
    this.#subscriptions.set(subscription.id, subscription)
  }

  confirm(subscriptionId: string, confirmedAt: Date): void {
    if (this.#amendNew(subscriptionId, { state: 'confirmed', confirmedAt })) return
    this.#updates.push((tx) => confirmImported(tx, subscriptionId, confirmedAt))
  }

  unsubscribe(subscriptionId: string, unsubscribedAt: Date, addressKey: string, digest: string): void {
    if (this.#amendNew(subscriptionId, { state: 'unsubscribed', unsubscribedAt })) return
    this.#updates.push((tx) => endSubscription(tx, subscriptionId, unsubscribedAt))
    this.#updates.push((tx) => cancelQueuedFor(tx, addressKey, digest, 'the reader left the digest, says an import', this.#now))
  }

  fillBlanks(subscriberId: string, name: string, language: string): void {
    this.#updates.push((tx) => fillBlanks(tx, subscriberId, name, language, this.#now))
  }

  prove(subscriberId: string, digest: string, proofs: readonly Proof[]): void {
    for (const proof of proofs) this.#consents.push({ subscriberId, digest, ...proof })
  }

  suppress(addressKey: string, reason: SuppressionReason): void {
    this.#suppressions.push({ addressKey, reason })
  }

  /**
   * Throws BatchOvertaken if another process added one of the addresses first. Yields between the inserts, so that pages without
   * database access are answered meanwhile.
   */
  async write(tx: Queries): Promise<void> {
    const added = [...this.#subscriptions.values()]
    if ((await insertSubscribers(tx, this.#subscribers, this.#now)) < this.#subscribers.length) throw new BatchOvertaken()
    await yieldToEventLoop()
    if ((await insertSubscriptions(tx, added, this.#now)) < added.length) throw new BatchOvertaken()
    await yieldToEventLoop()
    for (const update of this.#updates) await update(tx)
    await recordConsents(tx, this.#consents)
    for (const one of this.#suppressions) await suppress(tx, this.#context.tokens, one.addressKey, one.reason, this.#now)
  }

  /** False if the subscription was not added in this batch. */
  #amendNew(id: string, amendment: Partial<NewSubscription>): boolean {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return false
    this.#subscriptions.set(id, { ...subscription, ...amendment })
    return true
  }
}
