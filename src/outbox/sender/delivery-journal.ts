import type { Clock } from '../../platform/clock.ts'
import type { Database, Queries } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import type { KeyedHashing } from '../../platform/tokens.ts'
import { type ClaimedDelivery, priorityOf, type Settlement } from '../delivery.ts'
import { lockMailing, moveMailing } from '../mailing-store.ts'
import { addToRates } from '../rate-store.ts'
import { refuseSuppressed, suppress } from '../suppression-store.ts'
import { type Answers, batched } from './batch.ts'
import { excuse, markHandingOver, openIssues, putBack, putOff, renewLease, settle } from './claim-store.ts'
import { domainOf } from './domain-throttle.ts'
import type { Decision } from './retry.ts'

/** A delivery under its lease. */
export interface Leased {
  readonly delivery: ClaimedDelivery
  readonly lease: string
}

type Decided = Leased & { readonly decision: Decision }

export type Result =
  | Decided
  /** The server rejected us. `pause`: only the operator can fix that, so every open issue is paused. */
  | (Leased & { readonly rejection: string; readonly pause: boolean })
  /** The receiving domain is throttled: postponed. */
  | (Leased & { readonly until: Date })

/** Records intents and results of deliveries. Many share one durable commit. */
export interface DeliveryJournal {
  /** True: the delivery may be handed over, and is never queued again automatically. False: it was cancelled or paused. */
  intend(leased: Leased): Promise<boolean>
  record(result: Result): Promise<void>
  /**
   * Extends a lease. It waits its turn behind the rows of other batches: on PostgreSQL, two statements that lock the same rows in another
   * order would wait for each other.
   */
  renew(lease: string, until: Date): Promise<void>
}

export interface DeliveryJournalContext {
  readonly database: Database
  readonly tokens: KeyedHashing
  readonly clock: Clock
  readonly log: Log
  /** Called in the transaction that pauses a mailing. */
  readonly onPaused: (tx: Queries, mailingId: string, reason: string) => Promise<void>
  /** Called in the transaction that suppresses an address, because the receiving server says that there is no such mailbox. */
  readonly onBounced: (tx: Queries, addressKey: string) => Promise<void>
}

/** Retries for 30 seconds: a restart of the database takes less. */
const maxRecordTries = 30
const recordPauseMs = 1_000
/** Number of receiving domains that may pause one issue. After that, refusals fail single deliveries. */
const maxExcused = 3

type Entry =
  | { readonly intent: Leased }
  | { readonly result: Result }
  | { readonly renewal: { readonly lease: string; readonly until: Date } }

export function openDeliveryJournal(context: DeliveryJournalContext): DeliveryJournal {
  return new BatchedJournal(context)
}

class BatchedJournal implements DeliveryJournal {
  readonly #context: DeliveryJournalContext
  // Intents and results share one queue, so an intent is never on disk before the earlier result of its connection. One batch is written
  // while the previous one is synced, and no more: larger batches cost less per row.
  readonly #enter = batched<Entry, boolean>((entries) => this.#write(entries))
  #lastOnDisk: Promise<unknown> = Promise.resolve()
  #lastRateAt: number | undefined

  constructor(context: DeliveryJournalContext) {
    this.#context = context
  }

  intend(intent: Leased): Promise<boolean> {
    return this.#enter({ intent })
  }

  async record(result: Result): Promise<void> {
    await this.#enter({ result })
  }

  async renew(lease: string, until: Date): Promise<void> {
    await this.#enter({ renewal: { lease, until } })
  }

  async #write(entries: readonly Entry[]): Promise<{ readonly answers: Promise<Answers<boolean>> }> {
    const intents = entries.flatMap((entry) => ('intent' in entry ? [entry.intent] : []))
    try {
      const { result: granted, onDisk } = await this.#context.database.commit(async (tx) => {
        await this.#recordAll(tx, resultsAmong(entries))
        for (const entry of entries) if ('renewal' in entry) await renewLease(tx, entry.renewal.lease, entry.renewal.until)
        return intents.length > 0 ? this.#grant(tx, intents) : new Set<number>()
      })
      const answers = onDisk.then(
        // `delete` grants each delivery once, even if one batch has two intents for it.
        () => entries.map((entry) => 'intent' in entry && granted.delete(entry.intent.delivery.id)),
        (error: Error) => this.#afterFailure(entries, error),
      )
      // If the previous batch does not reach the disk, answer only after its results are written again.
      const before = this.#lastOnDisk
      this.#lastOnDisk = answers.catch(() => undefined)
      await before
      return { answers }
    } catch (error) {
      // Commit nothing else before these results.
      const answers = await this.#afterFailure(entries, error as Error)
      return { answers: Promise.resolve(answers) }
    }
  }

  /** Intents reject: they may be on disk, and the answer "false" would leave them there. So do renewals. Results are written again. */
  async #afterFailure(entries: readonly Entry[], error: Error): Promise<Answers<boolean>> {
    const results = resultsAmong(entries)
    if (results.length > 0) await this.#recordPatiently(results, error)
    return entries.map((entry) => ('result' in entry ? true : error))
  }

  async #grant(tx: Queries, intents: readonly Leased[]): Promise<Set<number>> {
    const { tokens, clock } = this.#context
    const ids = new Set<number>()
    const named = intents.map(({ delivery: { id, addressKey, priority }, lease }) => ({ id, addressKey, priority, lease }))
    // An operator signs in with an address that is suppressed as a reader's.
    const [logins, others] = [named.filter(isLogin), named.filter((one) => !isLogin(one))]
    const allowed = [...logins, ...(others.length > 0 ? await refuseSuppressed(tx, tokens, others, clock.now()) : [])]
    for (const lease of new Set(allowed.map((intent) => intent.lease))) {
      const wanted = allowed.filter((intent) => intent.lease === lease).map((intent) => intent.id)
      for (const id of await markHandingOver(tx, lease, wanted)) ids.add(id)
    }
    return ids
  }

  /** Retries, because only this process knows the server's answers; without them the deliveries become uncertain. */
  async #recordPatiently(results: readonly Result[], first: Error): Promise<void> {
    const { database, log } = this.#context
    let failure = first
    for (let tries = 1; tries < maxRecordTries; tries++) {
      logError(log, failure, 'delivery results could not be recorded; retrying', { results: results.length })
      await new Promise((resolve) => setTimeout(resolve, recordPauseMs))
      try {
        return await database.transaction(async (tx) => {
          await this.#recordAll(tx, results)
        })
      } catch (error) {
        failure = error as Error
      }
    }
    throw failure
  }

  async #recordAll(tx: Queries, results: readonly Result[]): Promise<void> {
    const [usual, others] = [results.filter(isUsual), results.filter((result) => !isUsual(result))]
    const settled = await this.#settleUsual(tx, usual)
    for (const result of others) if (await this.#recordOne(tx, result)) settled.push(result.delivery)
    const counts = new Map<string, number>()
    for (const { mailingId } of settled.filter(isOfIssue)) counts.set(mailingId, (counts.get(mailingId) ?? 0) + 1)
    const lease = results[0]?.lease
    if (lease === undefined || counts.size === 0) return
    this.#lastRateAt = await addToRates(tx, lease, counts, this.#context.clock.now(), this.#lastRateAt)
  }

  /** The deliveries that are settled. */
  async #settleUsual(tx: Queries, results: readonly Decided[]): Promise<ClaimedDelivery[]> {
    const settled: ClaimedDelivery[] = []
    for (const lease of new Set(results.map((result) => result.lease))) {
      const own = results.filter((result) => result.lease === lease)
      const pairs = own.map(({ delivery, decision }) => ({ id: delivery.id, settlement: decision.settlement }))
      const ours = await settle(tx, lease, pairs, this.#context.clock.now())
      for (const { delivery, decision } of own) if (ours.has(delivery.id) && decision.settlement.state !== 'queued') settled.push(delivery)
    }
    return settled
  }

  /** True if the delivery is settled. */
  async #recordOne(tx: Queries, result: Result): Promise<boolean> {
    const { delivery, lease } = result
    if ('until' in result) {
      await putOff(tx, lease, delivery.id, result.until)
      return false
    }
    if ('rejection' in result) {
      await putBack(tx, lease, delivery.id)
      if (result.pause) for (const id of await openIssues(tx)) await this.#pause(tx, id, result.rejection)
      return false
    }
    const { decision } = result
    const { tokens, clock, onBounced } = this.#context
    const isRefusal = decision.isAboutUs && isOfIssue(delivery)
    const settlement = isRefusal ? await this.#pauseOrFail(tx, delivery, decision.settlement) : decision.settlement
    const isOurs = (await settle(tx, lease, [{ id: delivery.id, settlement }], clock.now())).has(delivery.id)
    if (isOurs && decision.isNoAddress) {
      await suppress(tx, tokens, delivery.addressKey, 'bounce', clock.now())
      await onBounced(tx, delivery.addressKey)
    }
    return isOurs && settlement.state !== 'queued'
  }

  /**
   * Handles a refusal that is about the sender: pauses the issue and keeps the delivery queued. If the same domain refuses again after
   * the issue was resumed, the delivery fails.
   */
  async #pauseOrFail(tx: Queries, delivery: ClaimedDelivery, refusal: Settlement): Promise<Settlement> {
    const domain = domainOf(delivery.address)
    const mailing = await lockMailing(tx, delivery.mailingId)
    if (mailing?.state === 'open') {
      if (mailing.excused.includes(domain) || mailing.excused.length >= maxExcused) return refusal
      await excuse(tx, delivery.mailingId, [...mailing.excused, domain])
      await this.#pause(tx, delivery.mailingId, `${domain} does not take mail from us: ${refusal.reason}`)
    }
    return { state: 'queued', reason: refusal.reason, dueAt: this.#context.clock.now() }
  }

  async #pause(tx: Queries, mailingId: string, reason: string): Promise<void> {
    if ((await lockMailing(tx, mailingId))?.state !== 'open') return
    await moveMailing(tx, mailingId, 'paused')
    const { onPaused, log } = this.#context
    await onPaused(tx, mailingId, reason)
    log.error({ mailingId }, 'issue paused: the receiving server refuses our mail')
  }
}

/** A result that changes its own delivery only. Most do, and they share one statement. */
function isUsual(result: Result): result is Decided {
  return 'decision' in result && !result.decision.isAboutUs && !result.decision.isNoAddress
}

function resultsAmong(entries: readonly Entry[]): readonly Result[] {
  return entries.flatMap((entry) => ('result' in entry ? [entry.result] : []))
}

function isLogin({ priority }: { readonly priority: number }): boolean {
  return priority === priorityOf.login
}

function isOfIssue(delivery: ClaimedDelivery): boolean {
  return delivery.priority === priorityOf.issue
}
