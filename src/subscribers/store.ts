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

/** The subscriber of that address, made where there is none. Changes nothing of one that is there: whoever typed the address proved nothing yet. */
export async function ensureSubscriber(tx: Queries, id: string, address: Address, now: Date): Promise<Subscriber> {
  await tx.run(sql`
    INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at)
    VALUES (${id}, ${address.email}, ${address.key}, '', '[]', ${now.getTime()}, ${now.getTime()}) ON CONFLICT (address_key) DO NOTHING`)
  // Two sign-ups of one address take turns, and so do a sign-up and an erasure.
  const forUpdate = tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await tx.get<SubscriberRow>(sql`SELECT * FROM subscribers WHERE address_key = ${address.key} ${forUpdate}`)
  if (!row) throw new Error('a subscriber was neither inserted nor found')
  return toSubscriber(row)
}

/** Locked: until the end of the transaction nobody else adds to or takes from what is the subscriber's. */
export async function readSubscriber(db: Queries, id: string, how: 'locked' | 'as it is' = 'as it is'): Promise<Subscriber | undefined> {
  const forUpdate = how === 'locked' && db.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await db.get<SubscriberRow>(sql`SELECT * FROM subscribers WHERE id = ${id} ${forUpdate}`)
  return row && toSubscriber(row)
}

export async function readSubscriberByKey(db: Queries, addressKey: string): Promise<Subscriber | undefined> {
  const row = await db.get<SubscriberRow>(sql`SELECT * FROM subscribers WHERE address_key = ${addressKey}`)
  return row && toSubscriber(row)
}

/** The subscriber and all that refers to it. */
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

/** What a reader asked for, before or after it is proven that the address is theirs. */
export interface Request {
  readonly id: string
  readonly subscriberId: string
  readonly digest: string
  readonly nonce: string
  readonly requested: RequestedChoices
  readonly source: string
}

/** Asks anew for a digest: pending under a new nonce, whatever it was before, save confirmed. */
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

/** Confirms what was asked for under this nonce, stores what was asked for, and changes the nonce. Returns the digests in order. */
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
    const wished: string[] = JSON.parse(first.wished_topics)
    const topics = wished.length === 0 ? sql`topics` : JSON.stringify(chosenTopics(offeredTopics, wished))
    await tx.run(sql`
      UPDATE subscribers SET topics = ${topics}, name = ${first.wished_name === '' ? sql`name` : first.wished_name},
        asked_at = NULL, times_asked = 0, updated_at = ${now.getTime()}
      WHERE id = ${subscriberId}`)
  }
  return rows.map((row) => row.digest).sort()
}

/** For a reader whose address is proven already: no second confirmation is asked for. */
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

/** Ends a subscription, confirmed or pending. False where it had ended already. */
export async function endSubscription(tx: Queries, id: string, now: Date): Promise<boolean> {
  const ended = await tx.run(sql`
    UPDATE subscriptions SET state = 'unsubscribed', unsubscribed_at = ${now.getTime()} WHERE id = ${id} AND state <> 'unsubscribed'`)
  return ended > 0
}

/** What a reader chose, whatever the digest; what is absent stays. */
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

/** A confirmation went to this address just now. */
export async function markAsked(tx: Queries, subscriberId: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE subscribers SET asked_at = ${now.getTime()}, times_asked = times_asked + 1 WHERE id = ${subscriberId}`)
}

/** Subscriptions that wait for a confirmation and were asked for before `before`. */
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

/** An unsubscribe that came before a request which was never confirmed. */
export async function restLeft(tx: Queries, subscriptionId: string): Promise<void> {
  await tx.run(sql`
    UPDATE subscriptions SET state = 'unsubscribed', wished_name = '', wished_topics = '[]'
    WHERE id = ${subscriptionId} AND state = 'pending' AND unsubscribed_at IS NOT NULL`)
}

/** Takes away a subscription that still waits, and that it was asked for. True where the subscriber has no other. */
export async function dropExpired(tx: Queries, subscriptionId: string, subscriberId: string): Promise<boolean> {
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
