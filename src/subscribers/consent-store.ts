import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'

/** An event of a subscription: requested, confirmed by the reader, added by the operator (by hand or import), or unsubscribed. */
export type ConsentEvent = 'asked' | 'confirmed' | 'added' | 'left'

/** One entry in the history of a subscription, stored as proof. Entries never change; only an erasure deletes them. */
export interface Consent {
  readonly subscriberId: string
  readonly digest: string
  readonly event: ConsentEvent
  readonly at: Date
  /** Such as `form`, `one-click` or `import`. */
  readonly source: string
  /** The visitor's address, shortened as the setting demands. Undefined if no visitor was involved. */
  readonly networkAddress: string | undefined
  /** The sentence that the reader agreed to, as shown; empty if none was. */
  readonly wording: string
  /** Legal basis of the mail: `consent`, or the basis that the operator gave for an import. */
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

/** The complete history of these subscribers' subscriptions, in chronological order per subscriber. */
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
