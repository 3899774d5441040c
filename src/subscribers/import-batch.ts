import { v7 } from 'uuid'
import { cancelQueuedFor } from '../outbox/owe.ts'
import { type SuppressionReason, suppress, whichAreSuppressed } from '../outbox/suppressions.ts'
import type { Queries } from '../platform/database/database.ts'
import { type Consent, recordConsents } from './consent-store.ts'
import type { ImportedRow, Proof, RowReading } from './import-row.ts'
import {
  confirmImported,
  fillBlanks,
  type HeldSubscriber,
  insertSubscribers,
  insertSubscriptions,
  type NewSubscriber,
  type NewSubscription,
  type Remark,
  readHeldSubscribers,
  readHeldSubscriptions,
} from './import-store.ts'
import type { SubscribersRoom } from './room.ts'
import { endSubscription } from './store.ts'
import type { SubscriptionState } from './subscriber.ts'
import { giveTurns } from './turns.ts'

export interface BatchOutcome {
  /** Addresses that were not known before. */
  readonly taken: number
  /** Addresses that were, whether or not anything changed. */
  readonly updated: number
  readonly refused: number
  readonly remarks: readonly Remark[]
}

/** Another process wrote one of these addresses meanwhile: look again. */
export class BatchOvertaken extends Error {}

/** Decides on some rows, in their order, and writes what follows from it. All in the caller's transaction. */
export async function takeBatch(tx: Queries, room: SubscribersRoom, readings: readonly RowReading[], now: Date): Promise<BatchOutcome> {
  const batch = await openBatch(tx, room, readings, now)
  const outcome = batch.decide(readings)
  await batch.write(tx)
  return outcome
}

/** The same decisions, and nothing written. */
export async function weighBatch(db: Queries, room: SubscribersRoom, readings: readonly RowReading[], now: Date): Promise<BatchOutcome> {
  return (await openBatch(db, room, readings, now)).decide(readings)
}

interface Held {
  readonly subscriber: HeldSubscriber
  readonly subscriptions: Map<string, { id: string; state: SubscriptionState; unsubscribedAt: Date | undefined; isNew: boolean }>
}

async function openBatch(db: Queries, room: SubscribersRoom, readings: readonly RowReading[], now: Date) {
  const keys = [...new Set(readings.flatMap((reading) => (reading.ok ? [reading.row.address.key] : [])))]
  const suppressed = await whichAreSuppressed(db, room.tokens, keys)
  const held = new Map<string, Held>()
  const byId = new Map<string, Held>()
  for (const subscriber of await readHeldSubscribers(db, keys)) {
    const one: Held = { subscriber, subscriptions: new Map() }
    held.set(subscriber.addressKey, one)
    byId.set(subscriber.id, one)
  }
  for (const { subscriberId, digest, ...one } of await readHeldSubscriptions(db, [...byId.keys()]))
    byId.get(subscriberId)?.subscriptions.set(digest, { ...one, isNew: false })
  const newId = idsInOrder(room, now, readings.length)

  const subscribers: NewSubscriber[] = []
  const subscriptions = new Map<string, NewSubscription>()
  const consents: Consent[] = []
  const changes: ((tx: Queries) => Promise<unknown>)[] = []
  const suppressions: { addressKey: string; reason: SuppressionReason }[] = []

  function keep(row: ImportedRow): Held {
    const known = held.get(row.address.key)
    if (known) return known
    const { name, language, topics, pausedUntil } = row
    const subscriber = { id: newId(row.number), email: row.address.email, addressKey: row.address.key, name, language, topics, pausedUntil }
    subscribers.push(subscriber)
    const one: Held = { subscriber, subscriptions: new Map() }
    held.set(row.address.key, one)
    return one
  }

  function prove(subscriberId: string, digest: string, proofs: readonly Proof[]): void {
    for (const proof of proofs) consents.push({ subscriberId, digest, ...proof })
  }

  function add(row: ImportedRow, one: Held, digest: string, state: SubscriptionState): void {
    const unsubscribedAt = row.unsubscribedAt ?? (state === 'unsubscribed' ? now : undefined)
    const id = newId(row.number)
    subscriptions.set(id, {
      id,
      subscriberId: one.subscriber.id,
      digest,
      state,
      requestedAt: row.requestedAt ?? row.confirmedAt ?? now,
      confirmedAt: row.confirmedAt ?? (state === 'confirmed' ? now : undefined),
      unsubscribedAt: state === 'confirmed' ? undefined : unsubscribedAt,
      source: row.source,
    })
    one.subscriptions.set(digest, { id, state, unsubscribedAt, isNew: true })
    prove(one.subscriber.id, digest, row.proofs)
  }

  function join(row: ImportedRow, one: Held, digest: string): void {
    const before = one.subscriptions.get(digest)
    if (!before) add(row, one, digest, row.state.state === 'pending' ? 'pending' : 'confirmed')
    if (!before || before.state === 'confirmed' || row.state.state === 'pending') return
    const confirmedAt = row.confirmedAt ?? now
    const fresh = subscriptions.get(before.id)
    if (fresh) subscriptions.set(before.id, { ...fresh, state: 'confirmed', confirmedAt })
    else changes.push((tx) => confirmImported(tx, before.id, confirmedAt))
    before.state = 'confirmed'
    prove(one.subscriber.id, digest, row.proofs)
  }

  function leave(row: ImportedRow, one: Held, digest: string): void {
    const before = one.subscriptions.get(digest)
    if (!before) add(row, one, digest, 'unsubscribed')
    if (!before || before.state === 'unsubscribed') return
    const leftAt = row.unsubscribedAt ?? now
    const fresh = subscriptions.get(before.id)
    if (fresh) subscriptions.set(before.id, { ...fresh, state: 'unsubscribed', unsubscribedAt: leftAt })
    else {
      changes.push((tx) => endSubscription(tx, before.id, leftAt))
      changes.push((tx) => cancelQueuedFor(tx, row.address.key, digest, 'the reader left the digest, says an import', now))
    }
    before.state = 'unsubscribed'
    before.unsubscribedAt = leftAt
    prove(one.subscriber.id, digest, row.proofs.filter((proof) => proof.event === 'left').slice(-1))
  }

  /** Why this row may not subscribe its address to the digest: a "no" is only taken back by the reader. */
  function refusalOf(one: Held | undefined, digest: string): string | undefined {
    const before = one?.subscriptions.get(digest)
    if (!before || before.state === 'confirmed' || (before.state === 'pending' && !before.unsubscribedAt)) return undefined
    return `left ${digest}${before.unsubscribedAt ? ` on ${before.unsubscribedAt.toISOString().slice(0, 10)}` : ''}`
  }

  /** A sentence where nothing of the row was taken, or remarks on what was not. */
  function decideOn(row: ImportedRow): { readonly refused?: string; readonly remarks?: readonly string[] } {
    const { key } = row.address
    const reason = suppressed.get(key)
    if (reason === 'erasure') return { refused: 'was erased here at its own wish' }
    if (row.state.state === 'suppressed') {
      if (reason === undefined) {
        suppressed.set(key, row.state.reason)
        suppressions.push({ addressKey: key, reason: row.state.reason })
      }
      for (const digest of row.digests) {
        const one = keep(row)
        if (!one.subscriptions.has(digest)) add(row, one, digest, row.stateBeneath)
      }
      return { remarks: row.remarks }
    }
    if (row.state.state === 'unsubscribed') {
      const one = keep(row)
      for (const digest of row.digests) leave(row, one, digest)
      return { remarks: row.remarks }
    }
    if (reason !== undefined) return { refused: `is suppressed here: ${reason}` }
    const before = held.get(key)
    const refusals = row.digests.map((digest) => refusalOf(before, digest))
    const wanted = row.digests.filter((_, index) => refusals[index] === undefined)
    const reasons = [...refusals.filter((one) => one !== undefined), ...row.remarks]
    if (wanted.length === 0) return { refused: reasons.join('; ') }
    const one = keep(row)
    for (const digest of wanted) join(row, one, digest)
    const isBlank =
      before && ((before.subscriber.name === '' && row.name !== '') || (before.subscriber.language === '' && row.language !== ''))
    if (isBlank) changes.push((tx) => fillBlanks(tx, before.subscriber.id, row.name, row.language, now))
    return { remarks: reasons }
  }

  return {
    decide(all: readonly RowReading[]): BatchOutcome {
      let taken = 0
      let updated = 0
      let refused = 0
      const remarks: Remark[] = []
      for (const reading of all) {
        if (!reading.ok) {
          refused++
          remarks.push({ row: reading.number, email: reading.email, reason: reading.reason })
          continue
        }
        const { number, address } = reading.row
        const isKnown = held.has(address.key) || suppressed.has(address.key)
        const decision = decideOn(reading.row)
        if (decision.refused !== undefined) refused++
        else if (isKnown) updated++
        else taken++
        const reason = decision.refused ?? decision.remarks?.join('; ')
        if (reason) remarks.push({ row: number, email: address.email, reason })
      }
      return { taken, updated, refused, remarks }
    },
    /** With a breath in between, in which pages are answered that need no database: one engine inserts while everything else waits. */
    async write(tx: Queries): Promise<void> {
      const added = [...subscriptions.values()]
      if ((await insertSubscribers(tx, subscribers, now)) < subscribers.length) throw new BatchOvertaken()
      await giveTurns()
      if ((await insertSubscriptions(tx, added, now)) < added.length) throw new BatchOvertaken()
      await giveTurns()
      for (const change of changes) await change(tx)
      await recordConsents(tx, consents)
      for (const one of suppressions) await suppress(tx, room.tokens, one.addressKey, one.reason, now)
    },
  }
}

/** UUIDv7 whose counter is the row (RFC 9562 §6.2): a list that is exported again is in the order of the file. */
function idsInOrder(room: SubscribersRoom, now: Date, rows: number): (row: number) => string {
  let random = room.random.bytes(32 * Math.max(rows, 1))
  let used = 0
  return (row) => {
    if (used === random.length) {
      random = room.random.bytes(random.length)
      used = 0
    }
    used += 16
    return v7({ msecs: now.getTime(), seq: row, random: random.subarray(used - 16, used) })
  }
}
