import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'

export interface Reader {
  readonly subscriptionId: string
  readonly subscriberId: string
  readonly email: string
  readonly addressKey: string
  readonly name: string
  readonly topics: readonly string[]
  /** Chosen language (BCP 47); empty if none was chosen. */
  readonly language: string
  readonly pausedUntil: Date | undefined
}

/** Confirmed readers of a digest with ids after `after`, ordered by id. Reads the view that `subscribers` defines. */
export async function readAudience(tx: Queries, digest: string, after: string, limit: number): Promise<Reader[]> {
  const forShare = tx.engine === 'postgres' ? sql`FOR SHARE` : sql``
  const rows = await tx.all<ReaderRow>(sql`
    SELECT subscription_id, subscriber_id, email, address_key, name, topics, language, paused_until FROM confirmed_readers
    WHERE digest = ${digest} AND subscriber_id > ${after} ORDER BY subscriber_id LIMIT ${limit} ${forShare}`)
  return rows.map(toReader)
}

/** The confirmed reader of a digest with this address, or undefined. */
export async function readReader(db: Queries, digest: string, addressKey: string): Promise<Reader | undefined> {
  const row = await db.get<ReaderRow>(sql`
    SELECT subscription_id, subscriber_id, email, address_key, name, topics, language, paused_until FROM confirmed_readers
    WHERE digest = ${digest} AND address_key = ${addressKey}`)
  return row && toReader(row)
}

interface ReaderRow {
  subscription_id: string
  subscriber_id: string
  email: string
  address_key: string
  name: string
  topics: string
  language: string
  paused_until: number | null
}

function toReader(row: ReaderRow): Reader {
  return {
    subscriptionId: row.subscription_id,
    subscriberId: row.subscriber_id,
    email: row.email,
    addressKey: row.address_key,
    name: row.name,
    topics: JSON.parse(row.topics),
    language: row.language,
    pausedUntil: row.paused_until === null ? undefined : new Date(row.paused_until),
  }
}
