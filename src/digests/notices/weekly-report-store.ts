import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'

/** False if the report of this week was sent or passed over before. */
export async function insertWeeklyReport(tx: Queries, week: string, now: Date): Promise<boolean> {
  return (
    (await tx.run(sql`INSERT INTO weekly_reports (week, sent_at) VALUES (${week}, ${now.getTime()}) ON CONFLICT (week) DO NOTHING`)) > 0
  )
}

export async function hasWeeklyReport(db: Queries, week: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM weekly_reports WHERE week = ${week}`)) !== undefined
}
