import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { Address } from '../platform/email-address.ts'
import { chosenTopics } from './sign-up/chosen-topics.ts'
import type { RequestedChoices, Subscriber, Subscription, SubscriptionState } from './subscriber.ts'

export interface SubscriberRow {
  id: string
  email: string
  address_key: string
  name: string
  topics: string
  language: string
  paused_until: number | null
  asked_at: number | null
  times_asked: number
  created_at: number
  updated_at: number
}

export interface SubscriptionRow {
  id: string
  subscriber_id: string
  digest: string
  state: SubscriptionState
  nonce: string
  requested_at: number
  confirm_until: number
  confirmed_at: number | null
  unsubscribed_at: number | null
  source: string
}

/** Returns the subscriber with this address, inserted if needed. Changes no existing one, because the address is not proven yet. */
export async function ensureSubscriber(tx: Queries, id: string, address: Address, now: Date): Promise<Subscriber> {
  await tx.run(sql`
    INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at)
    VALUES (${id}, ${address.email}, ${address.key}, '', '[]', ${now.getTime()}, ${now.getTime()}) ON CONFLICT (address_key) DO NOTHING`)
  // Serialises concurrent sign-ups and erasures of one address.
  const forUpdate = tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await tx.get<SubscriberRow>(sql`SELECT * FROM subscribers WHERE address_key = ${address.key} ${forUpdate}`)
  if (!row) throw new Error('the subscriber was not inserted and does not exist')
  return toSubscriber(row)
}

/** `locked`: until the end of the transaction, no other transaction changes the subscriber's data. */
export async function readSubscriber(db: Queries, id: string, how: 'locked' | 'as it is' = 'as it is'): Promise<Subscriber | undefined> {
  const forUpdate = how === 'locked' && db.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await db.get<SubscriberRow>(sql`SELECT * FROM subscribers WHERE id = ${id} ${forUpdate}`)
  return row && toSubscriber(row)
}

export async function readSubscriberByKey(db: Queries, addressKey: string): Promise<Subscriber | undefined> {
  const row = await db.get<SubscriberRow>(sql`SELECT * FROM subscribers WHERE address_key = ${addressKey}`)
  return row && toSubscriber(row)
}

/** Deletes the subscriber and all rows that refer to it. */
export async function deleteSubscriber(tx: Queries, id: string): Promise<void> {
  await tx.run(sql`DELETE FROM consents WHERE subscriber_id = ${id}`)
  await tx.run(sql`DELETE FROM subscriptions WHERE subscriber_id = ${id}`)
  await tx.run(sql`DELETE FROM subscribers WHERE id = ${id}`)
}

export async function readSubscription(db: Queries, id: string): Promise<Subscription | undefined> {
  const row = await db.get<SubscriptionRow>(sql`SELECT * FROM subscriptions WHERE id = ${id}`)
  return row && toSubscription(row)
}

export async function readSubscriptionsOf(db: Queries, subscriberId: string): Promise<Subscription[]> {
  const rows = await db.all<SubscriptionRow>(sql`SELECT * FROM subscriptions WHERE subscriber_id = ${subscriberId} ORDER BY digest`)
  return rows.map(toSubscription)
}

/** A request for a digest. The address may not be proven yet. */
export interface Request {
  readonly id: string
  readonly subscriberId: string
  readonly digest: string
  readonly nonce: string
  readonly requested: RequestedChoices
  readonly source: string
}

/** Sets a subscription to pending under a new nonce, unless it is confirmed. */
export async function upsertPending(tx: Queries, request: Request, now: Date, until: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, wished_name, wished_topics, source)
    VALUES (${request.id}, ${request.subscriberId}, ${request.digest}, 'pending', ${request.nonce}, ${now.getTime()}, ${until.getTime()},
      ${request.requested.name}, ${JSON.stringify(request.requested.topics)}, ${request.source})
    ON CONFLICT (subscriber_id, digest) DO UPDATE SET state = 'pending', nonce = excluded.nonce, requested_at = excluded.requested_at,
      confirm_until = excluded.confirm_until, wished_name = excluded.wished_name, wished_topics = excluded.wished_topics,
      source = excluded.source
    WHERE subscriptions.state <> 'confirmed'`)
}

/** Confirms the requests with this nonce, applies the requested choices, and spends the nonce. Returns the digests, sorted. */
export async function confirmPending(
  tx: Queries,
  subscriberId: string,
  nonce: string,
  spentNonce: string,
  offeredTopics: Iterable<string>,
  now: Date,
): Promise<string[]> {
  const rows = await tx.all<{ digest: string; wished_name: string; wished_topics: string }>(sql`
    UPDATE subscriptions SET state = 'confirmed', confirmed_at = ${now.getTime()}, unsubscribed_at = NULL, nonce = ${spentNonce}
    WHERE subscriber_id = ${subscriberId} AND nonce = ${nonce} AND state = 'pending' RETURNING digest, wished_name, wished_topics`)
  const [first] = rows
  if (first) {
    const requested: string[] = JSON.parse(first.wished_topics)
    const topics = requested.length === 0 ? sql`topics` : JSON.stringify(chosenTopics(offeredTopics, requested))
    await tx.run(sql`
      UPDATE subscribers SET topics = ${topics}, name = ${first.wished_name === '' ? sql`name` : first.wished_name},
        asked_at = NULL, times_asked = 0, updated_at = ${now.getTime()}
      WHERE id = ${subscriberId}`)
  }
  return rows.map((row) => row.digest).sort()
}

/** For a reader whose address is already proven. */
export async function upsertConfirmed(tx: Queries, request: Omit<Request, 'requested'>, now: Date): Promise<void> {
  const at = now.getTime()
  await tx.run(sql`
    INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, confirmed_at, wished_name, wished_topics,
      source)
    VALUES (${request.id}, ${request.subscriberId}, ${request.digest}, 'confirmed', ${request.nonce}, ${at}, ${at}, ${at}, '', '[]',
      ${request.source})
    ON CONFLICT (subscriber_id, digest) DO UPDATE SET state = 'confirmed', confirmed_at = excluded.confirmed_at, unsubscribed_at = NULL,
      nonce = excluded.nonce, source = excluded.source
    WHERE subscriptions.state <> 'confirmed'`)
}

/** Ends a confirmed or pending subscription. False if it had already ended. */
export async function endSubscription(tx: Queries, id: string, now: Date): Promise<boolean> {
  const ended = await tx.run(sql`
    UPDATE subscriptions SET state = 'unsubscribed', unsubscribed_at = ${now.getTime()} WHERE id = ${id} AND state <> 'unsubscribed'`)
  return ended > 0
}

/** Choices of a reader that apply to all digests. Absent values stay. */
export interface Chosen {
  readonly name?: string | undefined
  readonly topics?: readonly string[] | undefined
  readonly language?: string | undefined
  /** Null: not paused. */
  readonly pausedUntil?: Date | null | undefined
}

export async function writeChosen(tx: Queries, subscriberId: string, chosen: Chosen, now: Date): Promise<void> {
  const { name, topics, language, pausedUntil } = chosen
  await tx.run(sql`
    UPDATE subscribers SET name = ${name ?? sql`name`}, topics = ${topics ? JSON.stringify(topics) : sql`topics`},
      language = ${language ?? sql`language`}, paused_until = ${pausedUntil === undefined ? sql`paused_until` : (pausedUntil?.getTime() ?? null)},
      updated_at = ${now.getTime()}
    WHERE id = ${subscriberId}`)
}

/** Records that a confirmation was sent to this address. */
export async function markAsked(tx: Queries, subscriberId: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE subscribers SET asked_at = ${now.getTime()}, times_asked = times_asked + 1 WHERE id = ${subscriberId}`)
}

/** Pending subscriptions that were requested before `before`. */
export async function readExpired(
  tx: Queries,
  before: Date,
  limit: number,
): Promise<{ subscriptionId: string; subscriberId: string; addressKey: string }[]> {
  const rows = await tx.all<{ id: string; subscriber_id: string; address_key: string }>(sql`
    SELECT subscriptions.id, subscriber_id, address_key FROM subscriptions JOIN subscribers ON subscribers.id = subscriber_id
    WHERE state = 'pending' AND requested_at < ${before.getTime()} ORDER BY requested_at LIMIT ${limit}`)
  return rows.map((row) => ({ subscriptionId: row.id, subscriberId: row.subscriber_id, addressKey: row.address_key }))
}

/** Restores the earlier unsubscribe of a subscription whose new request was not confirmed. */
export async function restoreUnsubscribed(tx: Queries, subscriptionId: string): Promise<void> {
  await tx.run(sql`
    UPDATE subscriptions SET state = 'unsubscribed', wished_name = '', wished_topics = '[]'
    WHERE id = ${subscriptionId} AND state = 'pending' AND unsubscribed_at IS NOT NULL`)
}

/** Deletes a pending subscription and its `asked` entries. True if the subscriber has no other subscription. */
export async function deleteExpired(tx: Queries, subscriptionId: string, subscriberId: string): Promise<boolean> {
  const dropped = await tx.get<{ digest: string }>(
    sql`DELETE FROM subscriptions WHERE id = ${subscriptionId} AND state = 'pending' RETURNING digest`,
  )
  if (!dropped) return false
  await tx.run(sql`DELETE FROM consents WHERE subscriber_id = ${subscriberId} AND digest = ${dropped.digest} AND event = 'asked'`)
  return (await tx.get(sql`SELECT 1 AS one FROM subscriptions WHERE subscriber_id = ${subscriberId} LIMIT 1`)) === undefined
}

export async function countConfirmed(db: Queries, digests: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map(digests.map((digest) => [digest, 0]))
  if (digests.length === 0) return counts
  const rows = await db.all<{ digest: string; n: number }>(sql`
    SELECT digest, count(*) AS n FROM subscriptions WHERE state = 'confirmed' AND digest IN (${joinSql(digests)}) GROUP BY digest`)
  for (const row of rows) counts.set(row.digest, row.n)
  return counts
}

export function toSubscriber(row: SubscriberRow): Subscriber {
  return {
    id: row.id,
    email: row.email,
    addressKey: row.address_key,
    name: row.name,
    topics: JSON.parse(row.topics),
    language: row.language,
    pausedUntil: row.paused_until === null ? undefined : new Date(row.paused_until),
    askedAt: row.asked_at === null ? undefined : new Date(row.asked_at),
    timesAsked: row.times_asked,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

export function toSubscription(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    subscriberId: row.subscriber_id,
    digest: row.digest,
    state: row.state,
    nonce: row.nonce,
    requestedAt: new Date(row.requested_at),
    confirmUntil: new Date(row.confirm_until),
    confirmedAt: row.confirmed_at === null ? undefined : new Date(row.confirmed_at),
    unsubscribedAt: row.unsubscribed_at === null ? undefined : new Date(row.unsubscribed_at),
    source: row.source,
  }
}
