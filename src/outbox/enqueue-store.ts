import { createHash } from 'node:crypto'
import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'
import { type Edition, type NewDelivery, type NewMailing, priorityOf, storedKind } from './delivery.ts'

/** Creates an open mailing, to which deliveries can be added. */
export async function openMailing(tx: Queries, mailing: NewMailing, now: Date): Promise<void> {
  await tx.run(
    sql`INSERT INTO mailings (id, kind, list, state, created_at) VALUES (${mailing.id}, ${storedKind(mailing.kind)}, ${mailing.list}, 'open', ${now.getTime()})`,
  )
}

/** Stores an edition under the hash of its content, so equal editions share one row. */
export async function storeEdition(tx: Queries, edition: Edition): Promise<string> {
  const { from, email, list } = edition
  // The stored key is `letter` for compatibility with the first version.
  const content = JSON.stringify({ from, letter: email, list })
  const id = createHash('sha256').update(content).digest('base64url')
  await tx.run(sql`INSERT INTO editions (id, content) VALUES (${id}, ${content}) ON CONFLICT (id) DO NOTHING`)
  return id
}

/** Adds deliveries, skipping addresses that this mailing already has. Returns the number added. */
export async function enqueueDeliveries(tx: Queries, mailing: NewMailing, deliveries: readonly NewDelivery[], now: Date): Promise<number> {
  const rows = deliveries.map(({ address, addressKey, placeholders, content }) => {
    const [editionId, state, reason] = 'editionId' in content ? [content.editionId, 'queued', null] : [null, 'skipped', content.skipped]
    return [
      mailing.id,
      editionId,
      priorityOf[mailing.kind],
      address,
      addressKey,
      JSON.stringify(placeholders),
      state,
      reason,
      now.getTime(),
      now.getTime(),
    ]
  })
  return tx.insertAll(
    sql`INSERT INTO deliveries (mailing_id, edition_id, priority, address, address_key, holes, state, reason, owed_at, due_at)`,
    rows,
    sql`ON CONFLICT (mailing_id, address_key) DO NOTHING`,
  )
}

/** Cancels one reader's queued deliveries of this digest's issues, leased or not. Without `list`: of all digests. */
export async function cancelQueuedFor(
  tx: Queries,
  addressKey: string,
  list: string | undefined,
  reason: string,
  now: Date,
): Promise<number> {
  const ofList = list === undefined ? sql`list <> ''` : sql`list = ${list}`
  return tx.run(sql`
    UPDATE deliveries SET state = 'cancelled', reason = ${reason}, settled_at = ${now.getTime()}, lease = NULL, lease_until = NULL
    WHERE address_key = ${addressKey} AND state = 'queued' AND mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue' AND ${ofList})`)
}
