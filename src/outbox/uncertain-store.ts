import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** Issues with uncertain deliveries about which the operator has not decided, and how many. Reads the counts first, so it is cheap. */
export async function listUndecided(db: Queries): Promise<{ issueId: string; count: number }[]> {
  const rows = await db.all<{ mailing_id: string; n: number }>(sql`
    SELECT mailing_id, count(*) AS n FROM deliveries
    WHERE mailing_id IN (SELECT mailing_id FROM delivery_counts WHERE kind = 'issue' AND state = 'uncertain' AND count > 0)
      AND state = 'uncertain' AND state <> 'handing_over' AND decided_at IS NULL
    GROUP BY mailing_id ORDER BY mailing_id`)
  return rows.map((row) => ({ issueId: row.mailing_id, count: row.n }))
}
