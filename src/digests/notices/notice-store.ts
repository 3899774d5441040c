import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'

export type NoticeKind = 'held' | 'paused' | 'failed' | 'missed'

/** A message to the operator: sent once, and shown on the desk until it ends. */
export interface Notice {
  readonly kind: NoticeKind
  readonly digest: string
  readonly issueId: string | undefined
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly since: Date
}

/** A notice that has not ended. There is at most one for each cause. */
export interface StandingNotice extends Notice {
  readonly cause: string
  /** When it ends automatically; undefined if it ends with its cause. */
  readonly standsUntil: Date | undefined
}

export async function readStanding(db: Queries): Promise<StandingNotice[]> {
  const rows = await db.all<{
    cause: string
    kind: NoticeKind
    digest: string
    issue_id: string | null
    subject: string
    paragraphs: string
    since: number
    stands_until: number | null
  }>(sql`SELECT * FROM notices WHERE ended_at IS NULL ORDER BY since DESC, id DESC`)
  return rows.map((row) => ({
    cause: row.cause,
    kind: row.kind,
    digest: row.digest,
    issueId: row.issue_id ?? undefined,
    subject: row.subject,
    paragraphs: JSON.parse(row.paragraphs),
    since: new Date(row.since),
    standsUntil: row.stands_until === null ? undefined : new Date(row.stands_until),
  }))
}

/** False if a notice with the same cause has not ended: it was sent before. */
export async function insertNotice(tx: Queries, id: string, notice: StandingNotice): Promise<boolean> {
  const inserted = await tx.run(sql`
    INSERT INTO notices (id, cause, kind, digest, issue_id, subject, paragraphs, since, stands_until)
    VALUES (${id}, ${notice.cause}, ${notice.kind}, ${notice.digest}, ${notice.issueId ?? null}, ${notice.subject},
      ${JSON.stringify(notice.paragraphs)}, ${notice.since.getTime()}, ${notice.standsUntil?.getTime() ?? null})
    ON CONFLICT (cause) WHERE ended_at IS NULL DO NOTHING`)
  return inserted > 0
}

export async function endNotice(tx: Queries, cause: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE notices SET ended_at = ${now.getTime()} WHERE cause = ${cause} AND ended_at IS NULL`)
}

/** Finished issues that are not reviewed yet. */
export async function listToReview(db: Queries): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`SELECT id FROM issues WHERE state = 'finished' AND reviewed_at IS NULL ORDER BY id`)
  return rows.map((row) => row.id)
}

export async function markReviewed(tx: Queries, issueId: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE issues SET reviewed_at = ${now.getTime()} WHERE id = ${issueId}`)
}

/** A digest, or one issue of it, that fails to proceed. */
export interface Stuck {
  readonly digest: string
  readonly issueId?: string
}

/** Keeps the first reason and its time until `clearTrouble`. */
export async function recordTrouble(db: Queries, { digest, issueId }: Stuck, reason: string, now: Date): Promise<void> {
  const trouble = sql`SET trouble = ${reason}, trouble_since = ${now.getTime()}`
  if (issueId === undefined) await db.run(sql`UPDATE digests ${trouble} WHERE name = ${digest} AND trouble IS NULL`)
  else await db.run(sql`UPDATE issues ${trouble} WHERE id = ${issueId} AND trouble IS NULL`)
}

export async function clearTrouble(db: Queries, { digest, issueId }: Stuck): Promise<void> {
  const table = issueId === undefined ? sql`digests WHERE name = ${digest}` : sql`issues WHERE id = ${issueId}`
  // Read first: this runs every other second and rarely has anything to write.
  if (!(await db.get(sql`SELECT 1 AS one FROM ${table} AND trouble IS NOT NULL`))) return
  if (issueId === undefined) await db.run(sql`UPDATE digests SET trouble = NULL, trouble_since = NULL WHERE name = ${digest}`)
  else await db.run(sql`UPDATE issues SET trouble = NULL, trouble_since = NULL WHERE id = ${issueId}`)
}

export interface Trouble {
  readonly digest: string
  readonly issueId: string | undefined
  readonly number: number | undefined
  readonly reason: string
  readonly since: Date
}

export async function readTroubles(db: Queries): Promise<Trouble[]> {
  const rows = await db.all<{ digest: string; issue_id: string | null; number: number | null; trouble: string; trouble_since: number }>(sql`
    SELECT name AS digest, NULL AS issue_id, CAST(NULL AS BIGINT) AS number, trouble, trouble_since FROM digests WHERE trouble IS NOT NULL
    UNION ALL
    SELECT digest, id, number, trouble, trouble_since FROM issues WHERE state = 'preparing' AND trouble IS NOT NULL`)
  return rows.map((row) => ({
    digest: row.digest,
    issueId: row.issue_id ?? undefined,
    number: row.number ?? undefined,
    reason: row.trouble,
    since: new Date(row.trouble_since),
  }))
}
