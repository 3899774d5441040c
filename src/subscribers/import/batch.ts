import { v7 } from 'uuid'
import { rewriteSuppressionHashes, type SuppressionReason, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { SubscribersContext } from '../context.ts'
import type { SubscriptionState } from '../subscriber.ts'
import { ImportChanges } from './changes.ts'
import { type HeldSubscriber, type Remark, readHeldSubscribers, readHeldSubscriptions } from './import-store.ts'
import type { ImportedRow, RowReading } from './row.ts'

export interface BatchOutcome {
  /** Addresses that were not known before. */
  readonly taken: number
  /** Addresses that were known before, changed or not. */
  readonly updated: number
  readonly refused: number
  readonly remarks: readonly Remark[]
}

/** Decides on the rows in order, and writes the changes in the caller's transaction. */
export async function importBatch(
  tx: Queries,
  context: SubscribersContext,
  readings: readonly RowReading[],
  now: Date,
): Promise<BatchOutcome> {
  const batch = await openBatch(tx, context, readings, now)
  const outcome = batch.decide(readings)
  await batch.changes.write(tx)
  await rewriteSuppressionHashes(tx, context.tokens, batch.suppressedKeys)
  return outcome
}

/** Makes the same decisions, but writes nothing. */
export async function dryRunBatch(
  db: Queries,
  context: SubscribersContext,
  readings: readonly RowReading[],
  now: Date,
): Promise<BatchOutcome> {
  return (await openBatch(db, context, readings, now)).decide(readings)
}

interface Held {
  readonly subscriber: HeldSubscriber
  readonly subscriptions: Map<string, { id: string; state: SubscriptionState; unsubscribedAt: Date | undefined }>
}

interface BatchContext {
  readonly now: Date
  /** Stored subscribers of the batch, by address key. */
  readonly held: Map<string, Held>
  readonly suppressed: Map<string, SuppressionReason>
  readonly changes: ImportChanges
  readonly newId: (row: number) => string
}

async function openBatch(db: Queries, context: SubscribersContext, readings: readonly RowReading[], now: Date): Promise<ImportBatch> {
  const keys = [...new Set(readings.flatMap((reading) => (reading.ok ? [reading.row.address.key] : [])))]
  const suppressed = await whichAreSuppressed(db, context.tokens, keys)
  const held = new Map<string, Held>()
  const byId = new Map<string, Held>()
  for (const subscriber of await readHeldSubscribers(db, keys)) {
    const one: Held = { subscriber, subscriptions: new Map() }
    held.set(subscriber.addressKey, one)
    byId.set(subscriber.id, one)
  }
  for (const { subscriberId, digest, ...one } of await readHeldSubscriptions(db, [...byId.keys()]))
    byId.get(subscriberId)?.subscriptions.set(digest, one)
  const newId = idsInOrder(context, now, readings.length)
  return new ImportBatch({ now, held, suppressed, changes: new ImportChanges(context, now), newId })
}

/** `refused`: why nothing of the row is imported. `remarks`: which parts are not. */
interface Decision {
  readonly refused?: string
  readonly remarks?: readonly string[]
}

/** Decides row by row. Later rows see the changes of earlier rows. */
class ImportBatch {
  readonly changes: ImportChanges
  readonly #context: BatchContext

  constructor(context: BatchContext) {
    this.changes = context.changes
    this.#context = context
  }

  get suppressedKeys(): readonly string[] {
    return [...this.#context.suppressed.keys()]
  }

  decide(readings: readonly RowReading[]): BatchOutcome {
    const { held, suppressed } = this.#context
    let taken = 0
    let updated = 0
    let refused = 0
    const remarks: Remark[] = []
    for (const reading of readings) {
      if (!reading.ok) {
        refused++
        remarks.push({ row: reading.number, email: reading.email, reason: reading.reason })
        continue
      }
      const { number, address } = reading.row
      const isKnown = held.has(address.key) || suppressed.has(address.key)
      const decision = this.#decideOn(reading.row)
      if (decision.refused !== undefined) refused++
      else if (isKnown) updated++
      else taken++
      const reason = decision.refused ?? decision.remarks?.join('; ')
      if (reason) remarks.push({ row: number, email: address.email, reason })
    }
    return { taken, updated, refused, remarks }
  }

  #decideOn(row: ImportedRow): Decision {
    const suppression = this.#context.suppressed.get(row.address.key)
    if (suppression === 'erasure') return { refused: "was erased here at the reader's request" }
    switch (row.state.state) {
      case 'suppressed':
        return this.#suppress(row, row.state.reason)
      case 'unsubscribed': {
        const one = this.#findOrAddSubscriber(row)
        for (const digest of row.digests) this.#unsubscribe(row, one, digest)
        return { remarks: row.remarks }
      }
      default:
        return suppression === undefined ? this.#subscribeIfAllowed(row) : { refused: `is suppressed here: ${suppression}` }
    }
  }

  #suppress(row: ImportedRow, reason: SuppressionReason): Decision {
    const { suppressed } = this.#context
    const { key } = row.address
    if (!suppressed.has(key)) {
      suppressed.set(key, reason)
      this.changes.suppress(key, reason)
    }
    for (const digest of row.digests) {
      const one = this.#findOrAddSubscriber(row)
      if (!one.subscriptions.has(digest)) this.#addSubscription(row, one, digest, row.stateBeneath)
    }
    return { remarks: row.remarks }
  }

  #unsubscribe(row: ImportedRow, one: Held, digest: string): void {
    const before = one.subscriptions.get(digest)
    if (!before) this.#addSubscription(row, one, digest, 'unsubscribed')
    if (!before || before.state === 'unsubscribed') return
    const unsubscribedAt = row.unsubscribedAt ?? this.#context.now
    this.changes.unsubscribe(before.id, unsubscribedAt, row.address.key, digest)
    before.state = 'unsubscribed'
    before.unsubscribedAt = unsubscribedAt
    this.changes.prove(one.subscriber.id, digest, row.proofs.filter((proof) => proof.event === 'left').slice(-1))
  }

  #subscribeIfAllowed(row: ImportedRow): Decision {
    const before = this.#context.held.get(row.address.key)
    const refusals = row.digests.map((digest) => refusalOf(before, digest))
    const wanted = row.digests.filter((_, index) => refusals[index] === undefined)
    const reasons = [...refusals.filter((one) => one !== undefined), ...row.remarks]
    if (wanted.length === 0) return { refused: reasons.join('; ') }
    const one = this.#findOrAddSubscriber(row)
    for (const digest of wanted) this.#subscribe(row, one, digest)
    const isBlank =
      before && ((before.subscriber.name === '' && row.name !== '') || (before.subscriber.language === '' && row.language !== ''))
    if (isBlank) this.changes.fillBlanks(before.subscriber.id, row.name, row.language)
    return { remarks: reasons }
  }

  #subscribe(row: ImportedRow, one: Held, digest: string): void {
    const before = one.subscriptions.get(digest)
    if (!before) this.#addSubscription(row, one, digest, row.state.state === 'pending' ? 'pending' : 'confirmed')
    if (!before || before.state === 'confirmed' || row.state.state === 'pending') return
    this.changes.confirm(before.id, row.confirmedAt ?? this.#context.now)
    before.state = 'confirmed'
    this.changes.prove(one.subscriber.id, digest, row.proofs)
  }

  #findOrAddSubscriber(row: ImportedRow): Held {
    const { held, newId } = this.#context
    const known = held.get(row.address.key)
    if (known) return known
    const { name, language, topics, pausedUntil } = row
    const subscriber = { id: newId(row.number), email: row.address.email, addressKey: row.address.key, name, language, topics, pausedUntil }
    this.changes.addSubscriber(subscriber)
    const one: Held = { subscriber, subscriptions: new Map() }
    held.set(row.address.key, one)
    return one
  }

  #addSubscription(row: ImportedRow, one: Held, digest: string, state: SubscriptionState): void {
    const { now, newId } = this.#context
    const unsubscribedAt = row.unsubscribedAt ?? (state === 'unsubscribed' ? now : undefined)
    const id = newId(row.number)
    this.changes.addSubscription({
      id,
      subscriberId: one.subscriber.id,
      digest,
      state,
      requestedAt: row.requestedAt ?? row.confirmedAt ?? now,
      confirmedAt: row.confirmedAt ?? (state === 'confirmed' ? now : undefined),
      unsubscribedAt: state === 'confirmed' ? undefined : unsubscribedAt,
      source: row.source,
    })
    one.subscriptions.set(digest, { id, state, unsubscribedAt })
    this.changes.prove(one.subscriber.id, digest, row.proofs)
  }
}

/** Why this row may not subscribe its address to the digest: only the reader can revoke an unsubscribe. */
function refusalOf(one: Held | undefined, digest: string): string | undefined {
  const before = one?.subscriptions.get(digest)
  if (!before || before.state === 'confirmed' || (before.state === 'pending' && !before.unsubscribedAt)) return undefined
  return `left ${digest}${before.unsubscribedAt ? ` on ${before.unsubscribedAt.toISOString().slice(0, 10)}` : ''}`
}

/** UUIDv7 with the row as counter (RFC 9562 §6.2), so that an export keeps the order of the file. */
function idsInOrder(context: SubscribersContext, now: Date, rows: number): (row: number) => string {
  let random = context.random.bytes(32 * Math.max(rows, 1))
  let used = 0
  return (row) => {
    if (used === random.length) {
      random = context.random.bytes(random.length)
      used = 0
    }
    used += 16
    return v7({ msecs: now.getTime(), seq: row, random: random.subarray(used - 16, used) })
  }
}
