import { type Sql, sql } from '../platform/database/sql.ts'

/**
 * Conditions that find the deliveries of an address among its letters, which stand in an index of their own, and among issues. Of each issue
 * it has at most one, found by the mailing: one index over the addresses of all deliveries would cost more in each issue than the
 * few look-ups here.
 */
export function ofAddress(addressKey: string): readonly [letters: Sql, issues: Sql] {
  return [
    sql`priority < 2 AND address_key = ${addressKey}`,
    sql`priority = 2 AND address_key = ${addressKey} AND mailing_id IN (SELECT id FROM mailings WHERE kind = 'issue')`,
  ]
}
