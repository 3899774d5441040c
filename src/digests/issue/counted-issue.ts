import type { Counts } from '../../outbox/delivery.ts'
import { readCounts } from '../../outbox/delivery-queries.ts'
import { type LaterCounts, readLaterCounts } from '../../outbox/reports.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { Issue } from './issue.ts'

export interface CountedIssue {
  readonly issue: Issue
  readonly counts: Counts
  /** Bounces and complaints. Not part of the sum of `counts`. */
  readonly later: LaterCounts
}

export async function withCounts(db: Queries, issues: readonly Issue[]): Promise<CountedIssue[]> {
  const ids = issues.map((issue) => issue.id)
  const counts = await readCounts(db, ids)
  const later = await readLaterCounts(db, ids)
  return issues.map((issue) => ({ issue, counts: counts.get(issue.id) as Counts, later: later.get(issue.id) as LaterCounts }))
}
