import type { Clock } from '../platform/clock.ts'
import type { Queries } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { Random } from '../platform/random.ts'
import { endpointsFor, insertDeliveries, insertEvent } from './event-store.ts'

/** What an endpoint can ask for. Pinned: receivers compare these words. */
export const eventTypes = [
  'issue.created',
  'issue.finished',
  'issue.paused',
  'subscriber.confirmed',
  'subscriber.unsubscribed',
  'subscriber.bounced',
  'subscriber.complained',
  'article.published',
] as const

export type EventType = (typeof eventTypes)[number]

/** The type of what the test button sends. No endpoint can ask for it. */
export const testType = 'webhook.test'

export interface NewEvent {
  readonly type: EventType
  /** Makes `data`, as the API returns it. Called only if an endpoint asks for the type. Undefined: there is nothing to tell. */
  readonly data: () => Promise<object | undefined>
}

/** What raising an event needs. */
export interface RaisingContext {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Stores an event and one delivery for each endpoint that asks for its type, in the transaction of what it tells. So an event is stored
 * once if that is committed, and never otherwise. The sender looks for deliveries every two seconds.
 */
export async function raiseEvent(tx: Queries, { clock, random }: RaisingContext, { type, data }: NewEvent): Promise<void> {
  const endpointIds = await endpointsFor(tx, type)
  if (endpointIds.length === 0) return
  const told = await data()
  if (told === undefined) return
  const now = clock.now()
  const event = { id: newId(clock, random), type, payload: payloadOf(type, now, told), createdAt: now }
  await insertEvent(tx, event)
  await insertDeliveries(
    tx,
    event,
    endpointIds.map((endpointId) => ({ id: newId(clock, random), endpointId })),
  )
}

/** The body of each attempt, byte for byte (Standard Webhooks, "Payload structure"). */
export function payloadOf(type: string, at: Date, data: object): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data })
}
