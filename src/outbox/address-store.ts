import type { Queries } from '../platform/database/database.ts'
import { type Sql, sql } from '../platform/database/sql.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { DeliveryState, MailingKind } from './delivery.ts'

/**
 * Conditions that find the deliveries of an address among single mails, which have an index of their own, and among issues. Of each issue
 * it has at most one, found by the mailing: one index over the addresses of all deliveries would cost more in each issue than the
 * few look-ups here.
 */
export function ofAddress(addressKey: string): readonly [emails: Sql, issues: Sql] {
  return [
    sql`priority < 2 AND address_key = ${addressKey}`,
    sql`priority = 2 AND address_key = ${addressKey} AND mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue')`,
  ]
}

/** One delivery to an address. */
export interface PastDelivery {
  readonly kind: MailingKind
  /** The digest; empty for mail that belongs to none. */
  readonly list: string
  readonly state: DeliveryState
  readonly enqueuedAt: Date
  readonly settledAt: Date | undefined
}

/** What is still recorded of mail to this address, oldest first. */
export async function deliveriesTo(db: Queries, addressKey: string): Promise<PastDelivery[]> {
  const read = (which: Sql) =>
    db.all<{ kind: MailingKind; list: string; state: DeliveryState; owed_at: number; settled_at: number | null }>(sql`
      SELECT m.kind, m.list, d.state, d.owed_at, d.settled_at
      FROM (SELECT * FROM deliveries WHERE ${which}) d JOIN mailings m ON m.id = d.mailing_id`)
  const [emails, issues] = ofAddress(addressKey)
  const rows = [...(await read(emails)), ...(await read(issues))]
  return rows
    .sort((a, b) => a.owed_at - b.owed_at)
    .map((row) => ({
      kind: row.kind,
      list: row.list,
      state: row.state,
      enqueuedAt: new Date(row.owed_at),
      settledAt: row.settled_at === null ? undefined : new Date(row.settled_at),
    }))
}

/**
 * Takes the address, its reader's values and what servers said of it out of every delivery: that there was one, and how it ended, is
 * all that is left. Suppress the address before, where something may be queued for it.
 */
export async function anonymiseAddress(tx: Queries, tokens: Pick<Tokens, 'keyedHash'>, addressKey: string): Promise<void> {
  const hash = hashOf(tokens, addressKey)
  for (const which of ofAddress(addressKey)) {
    await tx.run(sql`
      UPDATE deliveries SET address = '', address_key = ${hash}, holes = '{}', reason = CASE WHEN state IN ('cancelled', 'skipped') THEN reason END
      WHERE ${which}`)
  }
}

/** Enough to know an address again, not enough to tell it. */
export function hashOf(tokens: Pick<Tokens, 'keyedHash'>, addressKey: string): string {
  return tokens.keyedHash('address', addressKey).toString('base64url')
}
