import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { Issue, IssueState } from './issue.ts'

/** One at a time creates issues of a digest; SQLite has one writer anyway. */
export async function lockDigest(tx: Queries, name: string): Promise<void> {
  if (tx.engine === 'postgres') await tx.get(sql`SELECT name FROM digests WHERE name = ${name} FOR UPDATE`)
}

interface IssueRow {
  id: string
  digest: string
  number: number
  slot: number | null
  key: string | null
  state: IssueState
  subject: string
  content: string
  frozen_through: string
  frozen_at: number | null
  first_batch: number | null
  pause_reason: string | null
  created_at: number
  finished_at: number | null
  held_for: string | null
  release_at: number | null
}

/** Numbered after the digest's last one. Unique by slot and by key. */
export async function insertIssue(
  tx: Queries,
  issue: Omit<Issue, 'number' | 'frozenThrough' | 'frozenAt' | 'pauseReason' | 'finishedAt'>,
): Promise<Issue> {
  const row = await tx.get<IssueRow>(sql`
    INSERT INTO issues (id, digest, number, slot, key, state, subject, content, frozen_through, first_batch, created_at, held_for, release_at)
    SELECT ${issue.id}, ${issue.digest}, coalesce(max(number), 0) + 1, CAST(${issue.slot?.getTime() ?? null} AS BIGINT), CAST(${issue.key ?? null} AS TEXT),
      ${issue.state}, ${issue.subject}, ${JSON.stringify(issue.content)}, '', CAST(${issue.firstBatch ?? null} AS BIGINT), CAST(${issue.createdAt.getTime()} AS BIGINT),
      CAST(${issue.hold?.reason ?? null} AS TEXT), CAST(${issue.hold?.releaseAt?.getTime() ?? null} AS BIGINT)
    FROM issues WHERE digest = ${issue.digest} RETURNING *`)
  if (!row) throw new Error('an issue was not inserted')
  return toIssue(row)
}

export async function readIssue(db: Queries, id: string): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE id = ${id}`)
  return row && toIssue(row)
}

export async function readIssueByKey(db: Queries, digest: string, key: string): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE digest = ${digest} AND key = ${key}`)
  return row && toIssue(row)
}

/** How many issues this digest made since then. */
export async function countIssuesSince(db: Queries, digest: string, since: Date): Promise<number> {
  const row = await db.get<{ n: number }>(
    sql`SELECT count(*) AS n FROM issues WHERE digest = ${digest} AND created_at > ${since.getTime()}`,
  )
  return row?.n ?? 0
}

export async function hasIssues(db: Queries, digest: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM issues WHERE digest = ${digest} LIMIT 1`)) !== undefined
}

/** Newest first. `before` is the id of the last issue of the page before; ids are in the order of time. */
export async function listIssues(db: Queries, page: { limit: number; before?: string }): Promise<Issue[]> {
  const older = page.before ? sql`WHERE id < ${page.before}` : sql``
  const rows = await db.all<IssueRow>(sql`SELECT * FROM issues ${older} ORDER BY id DESC LIMIT ${page.limit}`)
  return rows.map(toIssue)
}

/**
 * Issues that went out to readers, newest first: never one that is prepared or held, nor one that was stopped before its
 * first message. The view is the outbox's.
 */
export async function listPublicIssues(db: Queries, page: { limit: number; offset: number }): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`
    SELECT * FROM issues WHERE ${isPublic} ORDER BY id DESC LIMIT ${page.limit} OFFSET ${page.offset}`)
  return rows.map(toIssue)
}

export async function countPublicIssues(db: Queries): Promise<number> {
  return (await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM issues WHERE ${isPublic}`))?.n ?? 0
}

export async function readPublicIssue(db: Queries, id: string): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE id = ${id} AND ${isPublic}`)
  return row && toIssue(row)
}

const isPublic = sql`(state IN ('sending', 'finished') OR (state IN ('paused', 'cancelled')
  AND EXISTS (SELECT 1 FROM begun_deliveries WHERE mailing_id = issues.id)))`

export async function readLastIssue(db: Queries, digest: string): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE digest = ${digest} ORDER BY number DESC LIMIT 1`)
  return row && toIssue(row)
}

export async function listIssuesIn(db: Queries, state: IssueState): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`SELECT * FROM issues WHERE state = ${state} ORDER BY id`)
  return rows.map(toIssue)
}

/** Moves an issue on. False where it is no longer in one of the states it may come from. */
export async function moveIssue(tx: Queries, id: string, from: readonly IssueState[], to: IssueState, now: Date): Promise<boolean> {
  const isOver = to === 'finished' || to === 'cancelled'
  const moved = await tx.run(sql`
    UPDATE issues SET state = ${to}, pause_reason = NULL, finished_at = ${isOver ? now.getTime() : null}, reviewed_at = NULL
    WHERE id = ${id} AND state IN (${joinSql(from)})`)
  return moved > 0
}

/** A held issue no longer goes by itself, and why. */
export async function keepHeld(tx: Queries, id: string, reason: string): Promise<void> {
  await tx.run(sql`UPDATE issues SET held_for = ${reason}, release_at = NULL WHERE id = ${id} AND state = 'held'`)
}

/** False where it is under way no longer. */
export async function pauseIn(tx: Queries, id: string, reason: string): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE issues SET state = 'paused', pause_reason = ${reason} WHERE id = ${id} AND state IN ('preparing', 'sending')`)
  return moved > 0
}

/** Back to what it was doing. The operator has seen the first batch, if there was one: it holds up nothing any more. */
export async function resumeIn(tx: Queries, id: string): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE issues SET state = CASE WHEN frozen_at IS NULL THEN 'preparing' ELSE 'sending' END, pause_reason = NULL, first_batch = NULL
    WHERE id = ${id} AND state = 'paused'`)
  return moved > 0
}

/** The whole audience has its deliveries. */
export async function endFreezing(tx: Queries, id: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE issues SET state = 'sending', frozen_at = ${now.getTime()} WHERE id = ${id} AND state = 'preparing'`)
}

/** The first batch was taken: the rest of the audience follows. */
export async function passFirstBatch(tx: Queries, id: string): Promise<void> {
  await tx.run(sql`UPDATE issues SET first_batch = NULL WHERE id = ${id}`)
}

/** One step of freezing. False where another process took it, or the issue was cancelled. */
export async function advanceFrozen(tx: Queries, id: string, from: string, through: string): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE issues SET frozen_through = ${through} WHERE id = ${id} AND frozen_through = ${from} AND state = 'preparing'`)
  return moved > 0
}

/** All article ids that this digest has carried or left out. */
export async function readLedger(db: Queries, digest: string): Promise<Set<string>> {
  const rows = await db.all<{ article_id: string }>(sql`SELECT article_id FROM ledger WHERE digest = ${digest}`)
  return new Set(rows.map((row) => row.article_id))
}

export async function hasLedger(db: Queries, digest: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM ledger WHERE digest = ${digest} LIMIT 1`)) !== undefined
}

/** SQLite looks named values up one by one: many short statements are quicker than a long one. */
const rowsPerStatement = 50

/** Enters articles, each once for a digest: a second entry fails the transaction it is in. */
export async function insertLedger(
  tx: Queries,
  digest: string,
  entries: readonly ({ articleId: string } & ({ issueId: string } | { reason: string }))[],
  now: Date,
): Promise<void> {
  for (let start = 0; start < entries.length; start += rowsPerStatement) {
    const rows = entries.slice(start, start + rowsPerStatement).map((entry) => {
      const issueId = 'issueId' in entry ? entry.issueId : null
      const reason = 'reason' in entry ? entry.reason : null
      return sql`(${digest}, ${entry.articleId}, ${issueId}, ${reason}, ${now.getTime()})`
    })
    await tx.run(sql`INSERT INTO ledger (digest, article_id, issue_id, reason, recorded_at) VALUES ${joinSql(rows)}`)
  }
}

export interface LedgerEntry {
  readonly digest: string
  readonly articleId: string
  readonly issueId: string | undefined
  readonly issueNumber: number | undefined
  readonly reason: string | undefined
}

export async function readLedgerOf(db: Queries, articleIds: readonly string[]): Promise<LedgerEntry[]> {
  if (articleIds.length === 0) return []
  const rows = await db.all<{
    digest: string
    article_id: string
    issue_id: string | null
    number: number | null
    reason: string | null
  }>(sql`
    SELECT ledger.digest, ledger.article_id, ledger.issue_id, issues.number, ledger.reason
    FROM ledger LEFT JOIN issues ON issues.id = ledger.issue_id WHERE article_id IN (${joinSql(articleIds)}) ORDER BY ledger.digest`)
  return rows.map((row) => ({
    digest: row.digest,
    articleId: row.article_id,
    issueId: row.issue_id ?? undefined,
    issueNumber: row.number ?? undefined,
    reason: row.reason ?? undefined,
  }))
}

/** Editions of an issue by the key of their lists of articles, frozen when the first reader needed them. */
export async function readEditions(db: Queries, issueId: string): Promise<Map<string, string>> {
  const rows = await db.all<{ list_key: string; edition_id: string }>(sql`
    SELECT list_key, edition_id FROM issue_editions WHERE issue_id = ${issueId}`)
  return new Map(rows.map((row) => [row.list_key, row.edition_id]))
}

/** Whoever renders an edition first freezes it; a second one, by another process or after a restart, is not taken. */
export async function insertEdition(
  tx: Queries,
  issueId: string,
  edition: { listKey: string; editionId: string; articleIds: readonly string[] },
): Promise<void> {
  await tx.run(sql`
    INSERT INTO issue_editions (issue_id, list_key, edition_id, articles)
    VALUES (${issueId}, ${edition.listKey}, ${edition.editionId}, ${JSON.stringify(edition.articleIds)}) ON CONFLICT (issue_id, list_key) DO NOTHING`)
}

export interface Reader {
  readonly subscriptionId: string
  readonly subscriberId: string
  readonly email: string
  readonly addressKey: string
  readonly name: string
  readonly topics: readonly string[]
  readonly pausedUntil: Date | undefined
}

/** Confirmed readers of a digest after `after`, in the order of their ids; from the view that `subscribers` defines. */
export async function readAudience(tx: Queries, digest: string, after: string, limit: number): Promise<Reader[]> {
  const forShare = tx.engine === 'postgres' ? sql`FOR SHARE` : sql``
  const rows = await tx.all<ReaderRow>(sql`
    SELECT subscription_id, subscriber_id, email, address_key, name, topics, paused_until FROM confirmed_readers
    WHERE digest = ${digest} AND subscriber_id > ${after} ORDER BY subscriber_id LIMIT ${limit} ${forShare}`)
  return rows.map(toReader)
}

/** One confirmed reader of a digest; undefined where the address is none. */
export async function readReader(db: Queries, digest: string, addressKey: string): Promise<Reader | undefined> {
  const row = await db.get<ReaderRow>(sql`
    SELECT subscription_id, subscriber_id, email, address_key, name, topics, paused_until FROM confirmed_readers
    WHERE digest = ${digest} AND address_key = ${addressKey}`)
  return row && toReader(row)
}

interface ReaderRow {
  subscription_id: string
  subscriber_id: string
  email: string
  address_key: string
  name: string
  topics: string
  paused_until: number | null
}

function toReader(row: ReaderRow): Reader {
  return {
    subscriptionId: row.subscription_id,
    subscriberId: row.subscriber_id,
    email: row.email,
    addressKey: row.address_key,
    name: row.name,
    topics: JSON.parse(row.topics),
    pausedUntil: row.paused_until === null ? undefined : new Date(row.paused_until),
  }
}

/** The articles of the edition of an issue; undefined where there is no such edition of it. */
export async function readArticlesOfEdition(db: Queries, issueId: string, editionId: string): Promise<string[] | undefined> {
  const row = await db.get<{ articles: string }>(sql`
    SELECT articles FROM issue_editions WHERE issue_id = ${issueId} AND edition_id = ${editionId} LIMIT 1`)
  return row && JSON.parse(row.articles)
}

/** Editions of other issues that carried some of these articles: edition id → its issue and its articles. */
export async function readSharedEditions(
  tx: Queries,
  issueId: string,
  articleIds: readonly string[],
): Promise<Map<string, { issueId: string; articleIds: string[] }>> {
  if (articleIds.length === 0) return new Map()
  const rows = await tx.all<{ issue_id: string; edition_id: string; articles: string }>(sql`
    SELECT issue_id, edition_id, articles FROM issue_editions
    WHERE issue_id IN (SELECT issue_id FROM ledger WHERE article_id IN (${joinSql(articleIds)}) AND issue_id <> ${issueId})`)
  return new Map(rows.map((row) => [row.edition_id, { issueId: row.issue_id, articleIds: JSON.parse(row.articles) as string[] }]))
}

function toIssue(row: IssueRow): Issue {
  return {
    id: row.id,
    digest: row.digest,
    number: row.number,
    slot: row.slot === null ? undefined : new Date(row.slot),
    key: row.key ?? undefined,
    state: row.state,
    subject: row.subject,
    content: JSON.parse(row.content),
    frozenThrough: row.frozen_through,
    frozenAt: row.frozen_at === null ? undefined : new Date(row.frozen_at),
    firstBatch: row.first_batch ?? undefined,
    pauseReason: row.pause_reason ?? undefined,
    createdAt: new Date(row.created_at),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
    hold:
      row.state === 'held'
        ? { reason: row.held_for ?? '', releaseAt: row.release_at === null ? undefined : new Date(row.release_at) }
        : undefined,
  }
}
