import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

export interface StoredEvent {
  /** The `webhook-id` of every attempt. */
  readonly id: string
  readonly type: string
  readonly payload: string
  readonly createdAt: Date
}

/** The enabled endpoints that ask for events of this type. */
export async function endpointsFor(tx: Queries, type: string): Promise<string[]> {
  const rows = await tx.all<{ id: string; types: string }>(sql`SELECT id, types FROM webhook_endpoints WHERE is_enabled = 1 ORDER BY id`)
  return rows.filter(({ types }) => JSON.parse(types).includes(type)).map(({ id }) => id)
}

export async function insertEvent(tx: Queries, { id, type, payload, createdAt }: StoredEvent): Promise<void> {
  await tx.run(sql`INSERT INTO webhook_events (id, type, payload, created_at) VALUES (${id}, ${type}, ${payload}, ${createdAt.getTime()})`)
}

/** One delivery of the event for each endpoint, due at once. With a lease, only its holder attempts them. */
export async function insertDeliveries(
  tx: Queries,
  event: StoredEvent,
  deliveries: readonly { readonly id: string; readonly endpointId: string }[],
  lease?: { readonly name: string; readonly until: Date },
): Promise<void> {
  const at = event.createdAt.getTime()
  await tx.insertAll(
    sql`INSERT INTO webhook_deliveries (id, event_id, endpoint_id, state, tries, began_at, due_at, created_at, lease, lease_until)`,
    deliveries.map(({ id, endpointId }) => [
      id,
      event.id,
      endpointId,
      'queued',
      0,
      at,
      at,
      at,
      lease?.name ?? null,
      lease?.until.getTime() ?? null,
    ]),
  )
}

/**
 * Deletes up to `limit` events from before `before`, with their deliveries and attempts. Events with a delivery that was queued after
 * `queuedSince` stay: it is still attempted.
 */
export async function deleteEvents(tx: Queries, before: Date, queuedSince: Date, limit: number): Promise<number> {
  return tx.run(sql`
    DELETE FROM webhook_events WHERE id IN (
      SELECT id FROM webhook_events AS event WHERE created_at < ${before.getTime()}
        AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE event_id = event.id AND state = 'queued' AND began_at > ${queuedSince.getTime()})
      ORDER BY created_at LIMIT ${limit})`)
}
