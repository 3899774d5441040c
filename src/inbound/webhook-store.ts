import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'

/** The secret of one provider's webhook, as a keyed hash: under the present SECRET, and under previous ones. */
export interface WebhookSecret {
  readonly provider: string
  readonly hash: string
  readonly previousHashes: readonly string[]
}

/** What is known about a webhook secret. */
export interface WebhookRecord {
  /** The only topic whose messages count. */
  readonly topic: string | undefined
  readonly refusedTopic: string | undefined
  readonly refusedAt: Date | undefined
  /** When the secret last came in the query of an address. */
  readonly inQueryAt: Date | undefined
}

export async function readWebhookRecord(db: Queries, { provider, hash, previousHashes }: WebhookSecret): Promise<WebhookRecord> {
  const rows = await db.all<WebhookRow>(
    sql`SELECT * FROM webhook_secrets WHERE provider = ${provider} AND secret_hash IN (${joinSql([hash, ...previousHashes])})`,
  )
  const row = rows.find(({ secret_hash }) => secret_hash === hash) ?? rows[0]
  return {
    topic: row?.topic ?? undefined,
    refusedTopic: row?.refused_topic ?? undefined,
    refusedAt: timeOf(row?.refused_at),
    inQueryAt: timeOf(row?.in_query_at),
  }
}

/** The first topic stays. Returns it. */
export async function pinTopic(tx: Queries, secret: WebhookSecret, topic: string): Promise<string | undefined> {
  await ensureRow(tx, secret)
  await tx.run(sql`UPDATE webhook_secrets SET topic = ${topic} WHERE ${isOf(secret)} AND topic IS NULL`)
  return (await readWebhookRecord(tx, secret)).topic
}

export async function noteRefusedTopic(tx: Queries, secret: WebhookSecret, topic: string, now: Date): Promise<void> {
  await ensureRow(tx, secret)
  await tx.run(sql`UPDATE webhook_secrets SET refused_topic = ${topic}, refused_at = ${now.getTime()} WHERE ${isOf(secret)}`)
}

export async function noteSecretInQuery(tx: Queries, secret: WebhookSecret, now: Date): Promise<void> {
  await ensureRow(tx, secret)
  await tx.run(sql`UPDATE webhook_secrets SET in_query_at = ${now.getTime()} WHERE ${isOf(secret)}`)
}

/** False if the message came before. */
export async function insertWebhookMessage(tx: Queries, id: string, now: Date): Promise<boolean> {
  return (
    (await tx.run(sql`INSERT INTO webhook_messages (id, received_at) VALUES (${id}, ${now.getTime()}) ON CONFLICT (id) DO NOTHING`)) > 0
  )
}

export async function pruneWebhookMessages(db: Queries, before: Date): Promise<void> {
  await db.run(sql`DELETE FROM webhook_messages WHERE received_at < ${before.getTime()}`)
}

interface WebhookRow {
  readonly secret_hash: string
  readonly topic: string | null
  readonly refused_topic: string | null
  readonly refused_at: number | null
  readonly in_query_at: number | null
}

/** Rewrites a row of a previous SECRET, so that the record stays when that one is forgotten. */
async function ensureRow(tx: Queries, { provider, hash, previousHashes }: WebhookSecret): Promise<void> {
  for (const previous of previousHashes) {
    await tx.run(sql`
      UPDATE webhook_secrets SET secret_hash = ${hash} WHERE provider = ${provider} AND secret_hash = ${previous}
        AND NOT EXISTS (SELECT 1 FROM webhook_secrets AS present WHERE present.provider = ${provider} AND present.secret_hash = ${hash})`)
  }
  await tx.run(
    sql`INSERT INTO webhook_secrets (provider, secret_hash) VALUES (${provider}, ${hash}) ON CONFLICT (provider, secret_hash) DO NOTHING`,
  )
}

function isOf({ provider, hash }: WebhookSecret) {
  return sql`provider = ${provider} AND secret_hash = ${hash}`
}

function timeOf(ms: number | null | undefined): Date | undefined {
  return ms === null || ms === undefined ? undefined : new Date(ms)
}
