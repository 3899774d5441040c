import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'
import type { Issue, IssueState } from './issue.ts'

/** An issue without its content, for pages that show many. */
export type RunningIssue = Pick<Issue, 'id' | 'digest' | 'number' | 'state' | 'subject' | 'pauseReason' | 'hold'>

interface HeadRow {
  id: string
  digest: string
  number: number
  state: IssueState
  subject: string
  pause_reason: string | null
  held_for: string | null
  release_at: number | null
}

const columns = sql`id, digest, number, state, subject, pause_reason, held_for, release_at`

/** Ids of the issues in these states, oldest first. */
export async function listIdsIn(db: Queries, states: readonly IssueState[]): Promise<string[]> {
  return (await db.all<{ id: string }>(sql`SELECT id FROM issues WHERE state IN (${joinSql(states)}) ORDER BY id`)).map(({ id }) => id)
}

/** By id. Unknown ids are missing. */
export async function readHeads(db: Queries, ids: readonly string[]): Promise<Map<string, RunningIssue>> {
  if (ids.length === 0) return new Map()
  const rows = await db.all<HeadRow>(sql`SELECT ${columns} FROM issues WHERE id IN (${joinSql(ids)})`)
  return new Map(rows.map((row) => [row.id, toHead(row)]))
}

/** How many issues were sent or are being sent, up to `limit`. */
export async function countSentIssues(db: Queries, limit: number): Promise<number> {
  const row = await db.get<{ n: number }>(sql`
    SELECT count(*) AS n FROM (SELECT 1 AS one FROM issues WHERE state IN ('sending', 'finished') LIMIT ${limit}) AS few`)
  return row?.n ?? 0
}

function toHead(row: HeadRow): RunningIssue {
  const releaseAt = row.release_at === null ? undefined : new Date(row.release_at)
  return {
    id: row.id,
    digest: row.digest,
    number: row.number,
    state: row.state,
    subject: row.subject,
    pauseReason: row.pause_reason ?? undefined,
    hold: row.state === 'held' ? { reason: row.held_for ?? '', releaseAt } : undefined,
  }
}
