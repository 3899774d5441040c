import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { DeliveryState, MailingKind } from './delivery.ts'
import { hashOf } from './suppressions.ts'

/** One mail that was owed to an address. */
export interface PastDelivery {
  readonly kind: MailingKind
  /** The digest; empty for letters. */
  readonly list: string
  readonly state: DeliveryState
  readonly owedAt: Date
  readonly settledAt: Date | undefined
}

// The letters of an address stand in an index of their own. Of each issue it has at most one, found by the mailing: one index over
// the addresses of all deliveries would cost more in each issue than the few look-ups here.
const ofLetters = (addressKey: string) => sql`priority < 2 AND address_key = ${addressKey}`
const ofIssues = (addressKey: string) =>
  sql`priority = 2 AND address_key = ${addressKey} AND mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue')`

/** What is still recorded of mail to this address, oldest first. */
export async function deliveriesTo(db: Queries, addressKey: string): Promise<PastDelivery[]> {
  const read = (which: ReturnType<typeof sql>) =>
    db.all<{ kind: MailingKind; list: string; state: DeliveryState; owed_at: number; settled_at: number | null }>(sql`
      SELECT m.kind, m.list, d.state, d.owed_at, d.settled_at
      FROM (SELECT * FROM deliveries WHERE ${which}) d JOIN mailings m ON m.id = d.mailing_id`)
  const rows = [...(await read(ofLetters(addressKey))), ...(await read(ofIssues(addressKey)))]
  return rows
    .sort((a, b) => a.owed_at - b.owed_at)
    .map((row) => ({
      kind: row.kind,
      list: row.list,
      state: row.state,
      owedAt: new Date(row.owed_at),
      settledAt: row.settled_at === null ? undefined : new Date(row.settled_at),
    }))
}

/**
 * Takes the address, its reader's values and what servers said of it out of every delivery: that there was one, and how it ended, is
 * all that is left. Suppress the address before, where something may be queued for it.
 */
export async function forgetAddress(tx: Queries, tokens: Pick<Tokens, 'keyedHash'>, addressKey: string): Promise<void> {
  const hash = hashOf(tokens, addressKey)
  for (const which of [ofLetters(addressKey), ofIssues(addressKey)]) {
    await tx.run(sql`
      UPDATE deliveries SET address = '', address_key = ${hash}, holes = '{}', reason = CASE WHEN state IN ('cancelled', 'skipped') THEN reason END
      WHERE ${which}`)
  }
}
