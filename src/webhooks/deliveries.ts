import type { Actor } from '../platform/actor.ts'
import type { Queries } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { WebhooksContext } from './context.ts'
import type { WebhookDelivery } from './delivery.ts'
import { countByState, listDeliveries, readDelivery, requeueDelivery } from './delivery-store.ts'
import { lockEndpoint, readEndpoint } from './endpoint-store.ts'
import { payloadOf, testType } from './event.ts'
import { insertDeliveries, insertEvent } from './event-store.ts'
import { deliver, leaseMs } from './webhook-sender.ts'

/** One page of the log of an endpoint, newest first. Undefined if there is no such endpoint. */
export async function pageOfDeliveries(
  { database }: WebhooksContext,
  endpointId: string,
  page: { readonly before?: string | undefined; readonly limit: number },
): Promise<WebhookDelivery[] | undefined> {
  if (!(await readEndpoint(database, endpointId))) return undefined
  return listDeliveries(database, endpointId, { before: page.before, limit: page.limit })
}

/** How many deliveries of the log are in each state, for the metrics. */
export function countWebhookDeliveries(database: Queries): Promise<{ state: WebhookDelivery['state']; count: number }[]> {
  return countByState(database)
}

export type Replayed =
  | { readonly status: 'queued'; readonly delivery: WebhookDelivery }
  | { readonly status: 'unknown' }
  | { readonly status: 'refused'; readonly reason: string }

/** Queues a settled delivery again, with the same id and body. The sender attempts it within two seconds. */
export async function replayDelivery(
  { database, clock, recordAudit }: WebhooksContext,
  endpointId: string,
  id: string,
  by: Actor,
): Promise<Replayed> {
  return database.transaction(async (tx): Promise<Replayed> => {
    const endpoint = await lockEndpoint(tx, endpointId)
    if (!endpoint || !(await readDelivery(tx, endpointId, id))) return { status: 'unknown' }
    if (!endpoint.isEnabled) return { status: 'refused', reason: 'the endpoint is disabled: enable it first' }
    if (!(await requeueDelivery(tx, endpointId, id, clock.now()))) return { status: 'refused', reason: 'the delivery is queued already' }
    await recordAudit(tx, { action: 'webhook.replay', subject: endpointId, by, details: { delivery: id } })
    const delivery = await readDelivery(tx, endpointId, id)
    return delivery ? { status: 'queued', delivery } : { status: 'unknown' }
  })
}

/**
 * Sends a test event now and waits for the answer, also to a disabled endpoint. It is attempted once, and counts neither as a failure nor
 * as a success of the endpoint. Undefined if there is no such endpoint.
 */
export async function sendTest(context: WebhooksContext, endpointId: string, by: Actor): Promise<WebhookDelivery | undefined> {
  const { database, clock, random, recordAudit } = context
  const now = clock.now()
  const event = { id: newId(clock, random), type: testType, payload: payloadOf(testType, now, { endpoint_id: endpointId }), createdAt: now }
  const id = newId(clock, random)
  const lease = newId(clock, random)
  const isStored = await database.transaction(async (tx) => {
    if (!(await lockEndpoint(tx, endpointId))) return false
    await insertEvent(tx, event)
    await recordAudit(tx, { action: 'webhook.test', subject: endpointId, by })
    await insertDeliveries(tx, event, [{ id, endpointId }], { name: lease, until: new Date(now.getTime() + leaseMs) })
    return true
  })
  if (!isStored) return undefined
  const claimed = { id, endpointId, eventId: event.id, type: testType, payload: event.payload, tries: 0, beganAt: now }
  await deliver(context, claimed, lease, new AbortController().signal)
  return readDelivery(database, endpointId, id)
}
