import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { Attempt, WebhookDelivery } from './delivery.ts'

/** A delivery under a lease, with what an attempt needs. */
export interface Claimed {
  readonly id: string
  readonly endpointId: string
  readonly eventId: string
  readonly type: string
  readonly payload: string
  readonly tries: number
  readonly beganAt: Date
}

/** The enabled endpoints with a delivery that is due and not leased. */
export async function listDueEndpoints(db: Queries, now: Date): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT id FROM webhook_endpoints AS endpoint WHERE is_enabled = 1 AND EXISTS (
      SELECT 1 FROM webhook_deliveries WHERE endpoint_id = endpoint.id AND state = 'queued' AND due_at <= ${now.getTime()}
        AND (lease IS NULL OR lease_until <= ${now.getTime()}))
    ORDER BY id`)
  return rows.map(({ id }) => id)
}

/** Leases the next due delivery of an enabled endpoint. Several processes may claim at once: none gets the delivery of another. */
export async function claimDelivery(tx: Queries, endpointId: string, lease: string, now: Date, until: Date): Promise<Claimed | undefined> {
  const skipLocked = tx.engine === 'postgres' ? sql`FOR UPDATE SKIP LOCKED` : sql``
  const row = await tx.get<{ id: string; event_id: string; tries: number; began_at: number }>(sql`
    WITH chosen AS MATERIALIZED (
      SELECT id FROM webhook_deliveries
      WHERE endpoint_id = ${endpointId} AND state = 'queued' AND due_at <= ${now.getTime()} AND (lease IS NULL OR lease_until <= ${now.getTime()})
        AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = ${endpointId} AND is_enabled = 1)
      ORDER BY due_at, id LIMIT 1 ${skipLocked}
    )
    UPDATE webhook_deliveries SET lease = ${lease}, lease_until = ${until.getTime()} WHERE id IN (SELECT id FROM chosen)
    RETURNING id, event_id, tries, began_at`)
  const event =
    row && (await tx.get<{ type: string; payload: string }>(sql`SELECT type, payload FROM webhook_events WHERE id = ${row.event_id}`))
  if (!row || !event) return undefined
  return { id: row.id, endpointId, eventId: row.event_id, ...event, tries: row.tries, beganAt: new Date(row.began_at) }
}

/** Releases a leased delivery that was not attempted to the end. */
export async function releaseDelivery(db: Queries, id: string, lease: string): Promise<void> {
  await db.run(sql`UPDATE webhook_deliveries SET lease = NULL, lease_until = NULL WHERE id = ${id} AND lease = ${lease}`)
}

export type Settled = { readonly state: 'queued'; readonly dueAt: Date } | { readonly state: 'succeeded' | 'failed' }

/** Records the outcome of an attempt. False if the delivery is no longer under this lease: cancelled, erased or claimed again. */
export async function settleDelivery(tx: Queries, id: string, lease: string, settled: Settled, now: Date): Promise<boolean> {
  const isQueued = settled.state === 'queued'
  const written = await tx.run(sql`
    UPDATE webhook_deliveries SET state = ${settled.state}, tries = tries + 1, lease = NULL, lease_until = NULL,
      due_at = ${isQueued ? settled.dueAt.getTime() : sql`due_at`}, settled_at = ${isQueued ? null : now.getTime()}
    WHERE id = ${id} AND lease = ${lease} AND state = 'queued'`)
  return written > 0
}

export async function insertAttempt(tx: Queries, id: string, deliveryId: string, attempt: Attempt): Promise<void> {
  await tx.run(sql`
    INSERT INTO webhook_attempts (id, delivery_id, attempted_at, took_ms, status, reason, answer)
    VALUES (${id}, ${deliveryId}, ${attempt.at.getTime()}, ${attempt.tookMs}, ${attempt.status ?? null}, ${attempt.reason ?? null},
      ${attempt.answer ?? null})`)
}

/** Cancels what is still owed to an endpoint. */
export async function cancelDeliveries(tx: Queries, endpointId: string, now: Date): Promise<void> {
  await tx.run(sql`
    UPDATE webhook_deliveries SET state = 'cancelled', settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL
    WHERE endpoint_id = ${endpointId} AND state = 'queued'`)
}

/** Queues a settled delivery again, with a full set of attempts. False if it is queued already or unknown. */
export async function requeueDelivery(tx: Queries, endpointId: string, id: string, now: Date): Promise<boolean> {
  const requeued = await tx.run(sql`
    UPDATE webhook_deliveries SET state = 'queued', tries = 0, began_at = ${now.getTime()}, due_at = ${now.getTime()}, settled_at = NULL
    WHERE id = ${id} AND endpoint_id = ${endpointId} AND state <> 'queued'`)
  return requeued > 0
}

interface DeliveryRow {
  id: string
  event_id: string
  type: string
  state: WebhookDelivery['state']
  tries: number
  due_at: number
  settled_at: number | null
  created_at: number
}

const columns = sql`delivery.id, delivery.event_id, event.type, delivery.state, delivery.tries, delivery.due_at, delivery.settled_at,
  delivery.created_at`

/** Newest first. `before`: the id of the last one on the previous page. */
export async function listDeliveries(
  db: Queries,
  endpointId: string,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<WebhookDelivery[]> {
  const older = page.before === undefined ? sql`` : sql`AND delivery.id < ${page.before}`
  const rows = await db.all<DeliveryRow>(sql`
    SELECT ${columns} FROM webhook_deliveries AS delivery JOIN webhook_events AS event ON event.id = delivery.event_id
    WHERE delivery.endpoint_id = ${endpointId} ${older} ORDER BY delivery.id DESC LIMIT ${page.limit}`)
  return withAttempts(db, rows)
}

export async function readDelivery(db: Queries, endpointId: string, id: string): Promise<WebhookDelivery | undefined> {
  const row = await db.get<DeliveryRow>(sql`
    SELECT ${columns} FROM webhook_deliveries AS delivery JOIN webhook_events AS event ON event.id = delivery.event_id
    WHERE delivery.endpoint_id = ${endpointId} AND delivery.id = ${id}`)
  return row && (await withAttempts(db, [row]))[0]
}

/** How many deliveries there are in each state. */
export async function countByState(db: Queries): Promise<{ state: WebhookDelivery['state']; count: number }[]> {
  return db.all(sql`SELECT state, count(*) AS count FROM webhook_deliveries GROUP BY state ORDER BY state`)
}

async function withAttempts(db: Queries, rows: readonly DeliveryRow[]): Promise<WebhookDelivery[]> {
  const attempts = rows.length === 0 ? [] : await attemptsOf(db, rows)
  return rows.map((row) => ({
    id: row.id,
    eventId: row.event_id,
    type: row.type,
    state: row.state,
    tries: row.tries,
    dueAt: new Date(row.due_at),
    settledAt: row.settled_at === null ? undefined : new Date(row.settled_at),
    createdAt: new Date(row.created_at),
    attempts: attempts
      .filter((attempt) => attempt.delivery_id === row.id)
      .map((attempt) => ({
        at: new Date(attempt.attempted_at),
        tookMs: attempt.took_ms,
        status: attempt.status ?? undefined,
        reason: attempt.reason ?? undefined,
        answer: attempt.answer ?? undefined,
      })),
  }))
}

interface AttemptRow {
  delivery_id: string
  attempted_at: number
  took_ms: number
  status: number | null
  reason: string | null
  answer: string | null
}

function attemptsOf(db: Queries, rows: readonly DeliveryRow[]): Promise<AttemptRow[]> {
  return db.all<AttemptRow>(sql`
    SELECT delivery_id, attempted_at, took_ms, status, reason, answer FROM webhook_attempts
    WHERE delivery_id IN (${joinSql(rows.map(({ id }) => id))}) ORDER BY id`)
}
