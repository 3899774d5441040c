import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'

/** What happened to a subscription: asked for, confirmed by its reader, added by the operator (by hand or by an import), left. */
export type ConsentEvent = 'asked' | 'confirmed' | 'added' | 'left'

/** One step in the history of a subscription, kept as proof. Nothing is ever changed in it; only an erasure deletes it. */
export interface Consent {
  readonly subscriberId: string
  readonly digest: string
  readonly event: ConsentEvent
  readonly at: Date
  /** Where it came from, such as `form`, `one-click` or `import`. */
  readonly source: string
  /** Who asked, as far as the setting allows to keep it; undefined where no visitor did it. */
  readonly networkAddress: string | undefined
  /** The sentence that was agreed to, as it was shown; empty where none was. */
  readonly wording: string
  /** On what ground mail is sent: `consent`, or what the operator said of an import. */
  readonly basis: string
}

export async function recordConsents(tx: Queries, consents: readonly Consent[]): Promise<void> {
  if (consents.length === 0) return
  await tx.insertAll(
    sql`INSERT INTO consents (subscriber_id, digest, event, at, source, network_address, wording, basis)`,
    consents.map((one) => [
      one.subscriberId,
      one.digest,
      one.event,
      one.at.getTime(),
      one.source,
      one.networkAddress ?? null,
      one.wording,
      one.basis,
    ]),
  )
}

/** The whole history of these subscribers' subscriptions, each in the order in which it happened. */
export async function readConsents(db: Queries, subscriberIds: readonly string[]): Promise<Consent[]> {
  if (subscriberIds.length === 0) return []
  const rows = await db.all<{
    subscriber_id: string
    digest: string
    event: ConsentEvent
    at: number
    source: string
    network_address: string | null
    wording: string
    basis: string
  }>(sql`SELECT * FROM consents WHERE subscriber_id IN (${joinSql(subscriberIds)}) ORDER BY subscriber_id, id`)
  return rows.map((row) => ({
    subscriberId: row.subscriber_id,
    digest: row.digest,
    event: row.event,
    at: new Date(row.at),
    source: row.source,
    networkAddress: row.network_address ?? undefined,
    wording: row.wording,
    basis: row.basis,
  }))
}
