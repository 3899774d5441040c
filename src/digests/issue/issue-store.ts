import type { Queries } from '../../platform/database/database.ts'
import { joinSql, type Sql, sql } from '../../platform/database/sql.ts'
import type { Issue, IssueState } from './issue.ts'

/** One transaction at a time creates issues of a digest. SQLite has one writer anyway. */
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

/** Assigns the next number of the digest. The database rejects a second issue with the same slot or key. */
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
  if (!row) throw new Error('the issue was not inserted')
  return toIssue(row)
}

export async function readIssue(db: Queries, id: string): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE id = ${id}`)
  return row && toIssue(row)
}

export async function readIssueByNumber(db: Queries, digest: string, number: number): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE digest = ${digest} AND number = ${number}`)
  return row && toIssue(row)
}

export async function readIssueByKey(db: Queries, digest: string, key: string): Promise<Issue | undefined> {
  const row = await db.get<IssueRow>(sql`SELECT * FROM issues WHERE digest = ${digest} AND key = ${key}`)
  return row && toIssue(row)
}

/** Counts the issues of a digest that were created after `since`. */
export async function countIssuesSince(db: Queries, digest: string, since: Date): Promise<number> {
  const row = await db.get<{ n: number }>(
    sql`SELECT count(*) AS n FROM issues WHERE digest = ${digest} AND created_at > ${since.getTime()}`,
  )
  return row?.n ?? 0
}

export async function hasIssues(db: Queries, digest: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM issues WHERE digest = ${digest} LIMIT 1`)) !== undefined
}

export interface IssuePage {
  readonly limit: number
  /** The id of the last issue on the previous page. Ids sort by time. */
  readonly before?: string | undefined
  readonly digest?: string | undefined
  readonly state?: IssueState | undefined
}

/** Newest first. */
export async function listIssues(db: Queries, page: IssuePage): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`SELECT * FROM issues ${ofPage(page)}`)
  return rows.map(toIssue)
}

/** An issue without its content, which may be long. */
export type IssueHead = Omit<Issue, 'content' | 'frozenThrough' | 'key' | 'firstBatch'>

/** The same without the content of the issues. */
export async function listIssueHeads(db: Queries, page: IssuePage): Promise<IssueHead[]> {
  const rows = await db.all<Omit<IssueRow, 'content' | 'frozen_through' | 'key' | 'first_batch'>>(sql`
    SELECT id, digest, number, slot, state, subject, frozen_at, pause_reason, created_at, finished_at, held_for, release_at
    FROM issues ${ofPage(page)}`)
  return rows.map((row) => {
    const {
      content: _,
      frozenThrough: __,
      key: ___,
      firstBatch: ____,
      ...head
    } = toIssue({
      ...row,
      content: '{}',
      frozen_through: '',
      key: null,
      first_batch: null,
    })
    return head
  })
}

/** The digests that have issues. */
export async function listIssuedDigests(db: Queries): Promise<string[]> {
  const rows = await db.all<{ name: string }>(sql`
    SELECT name FROM digests WHERE EXISTS (SELECT 1 FROM issues WHERE issues.digest = digests.name) ORDER BY name`)
  return rows.map(({ name }) => name)
}

function ofPage({ limit, before, digest, state }: IssuePage): Sql {
  const terms = [
    ...(before === undefined ? [] : [sql`id < ${before}`]),
    ...(digest === undefined ? [] : [sql`digest = ${digest}`]),
    ...(state === undefined ? [] : [sql`state = ${state}`]),
  ]
  return sql`${terms.length > 0 ? sql`WHERE ${joinSql(terms, ' AND ')}` : sql``} ORDER BY id DESC LIMIT ${limit}`
}

/**
 * Issues that reached readers, newest first. Excludes issues that are preparing or held, or that stopped before the first message.
 * The outbox defines the view `begun_deliveries`.
 */
export async function listPublicIssues(
  db: Queries,
  page: { limit: number; offset: number },
  unlistedDigests: readonly string[],
): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`
    SELECT * FROM issues WHERE ${isPublic} ${notOf(unlistedDigests)} ORDER BY id DESC LIMIT ${page.limit} OFFSET ${page.offset}`)
  return rows.map(toIssue)
}

function notOf(digests: readonly string[]) {
  return digests.length === 0 ? sql`` : sql`AND digest NOT IN (${joinSql(digests)})`
}

export async function countPublicIssues(db: Queries, unlistedDigests: readonly string[]): Promise<number> {
  return (await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM issues WHERE ${isPublic} ${notOf(unlistedDigests)}`))?.n ?? 0
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

/** The newest issues of a digest, newest first. */
export async function listLatestOf(db: Queries, digest: string, limit: number): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`SELECT * FROM issues WHERE digest = ${digest} ORDER BY number DESC LIMIT ${limit}`)
  return rows.map(toIssue)
}

/** The issues of all digests that finished last, newest first. */
export async function listLatestFinished(db: Queries, limit: number): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`SELECT * FROM issues WHERE state = 'finished' ORDER BY id DESC LIMIT ${limit}`)
  return rows.map(toIssue)
}

export async function listIssuesIn(db: Queries, state: IssueState): Promise<Issue[]> {
  const rows = await db.all<IssueRow>(sql`SELECT * FROM issues WHERE state = ${state} ORDER BY id`)
  return rows.map(toIssue)
}

/** The states of these issues, without their content. Unknown ids are missing. */
export async function listStates(db: Queries, ids: readonly string[]): Promise<Map<string, Pick<Issue, 'state' | 'frozenAt'>>> {
  if (ids.length === 0) return new Map()
  const rows = await db.all<Pick<IssueRow, 'id' | 'state' | 'frozen_at'>>(
    sql`SELECT id, state, frozen_at FROM issues WHERE id IN (${joinSql(ids)})`,
  )
  return new Map(rows.map((row) => [row.id, { state: row.state, frozenAt: row.frozen_at === null ? undefined : new Date(row.frozen_at) }]))
}

/** Changes the state of an issue. False if its state is not one of `from`. */
export async function moveIssue(tx: Queries, id: string, from: readonly IssueState[], to: IssueState, now: Date): Promise<boolean> {
  const isOver = to === 'finished' || to === 'cancelled'
  const moved = await tx.run(sql`
    UPDATE issues SET state = ${to}, pause_reason = NULL, finished_at = ${isOver ? now.getTime() : null}, reviewed_at = NULL
    WHERE id = ${id} AND state IN (${joinSql(from)})`)
  return moved > 0
}

/** The id of a held issue that is released by itself when its slot comes. */
export async function readPreparedAhead(db: Queries, digest: string): Promise<string | undefined> {
  const row = await db.get<{ id: string }>(sql`
    SELECT id FROM issues WHERE digest = ${digest} AND state = 'held' AND release_at IS NOT NULL ORDER BY number DESC LIMIT 1`)
  return row?.id
}

/** False if the next issue of the digest is held already. */
export async function insertHeldNext(tx: Queries, digest: string, now: Date): Promise<boolean> {
  const inserted = await tx.run(
    sql`INSERT INTO held_next (digest, held_at) VALUES (${digest}, ${now.getTime()}) ON CONFLICT (digest) DO NOTHING`,
  )
  return inserted > 0
}

/** False if the next issue of the digest is not held. */
export async function deleteHeldNext(tx: Queries, digest: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM held_next WHERE digest = ${digest}`)) > 0
}

export async function hasHeldNext(db: Queries, digest: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM held_next WHERE digest = ${digest}`)) !== undefined
}

/** Removes the release time of a held issue, so that it waits for approval. */
export async function keepOnHold(tx: Queries, id: string, reason: string): Promise<void> {
  await tx.run(sql`UPDATE issues SET held_for = ${reason}, release_at = NULL WHERE id = ${id} AND state = 'held'`)
}

/** Replaces what a held issue will send. It then waits for approval. */
export async function rewriteHeld(
  tx: Queries,
  id: string,
  { content, subject, reason }: { content: Issue['content']; subject: string; reason: string },
): Promise<void> {
  await tx.run(sql`
    UPDATE issues SET content = ${JSON.stringify(content)}, subject = ${subject}, held_for = ${reason}, release_at = NULL
    WHERE id = ${id} AND state = 'held'`)
}

/** False if the issue is neither preparing nor sending. */
export async function pauseIn(tx: Queries, id: string, reason: string): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE issues SET state = 'paused', pause_reason = ${reason} WHERE id = ${id} AND state IN ('preparing', 'sending')`)
  return moved > 0
}

/** Returns to the state before the pause. Drops the first batch, because the operator has seen its outcome. */
export async function resumeIn(tx: Queries, id: string): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE issues SET state = CASE WHEN frozen_at IS NULL THEN 'preparing' ELSE 'sending' END, pause_reason = NULL, first_batch = NULL
    WHERE id = ${id} AND state = 'paused'`)
  return moved > 0
}

/** Every reader has a delivery: the issue is sending. */
export async function endFreezing(tx: Queries, id: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE issues SET state = 'sending', frozen_at = ${now.getTime()} WHERE id = ${id} AND state = 'preparing'`)
}

/** Removes the limit of the first batch. */
export async function passFirstBatch(tx: Queries, id: string): Promise<void> {
  await tx.run(sql`UPDATE issues SET first_batch = NULL WHERE id = ${id}`)
}

/** Records one step of freezing. False if another process made that step, or if the issue is no longer preparing. */
export async function advanceFrozen(tx: Queries, id: string, from: string, through: string): Promise<boolean> {
  const moved = await tx.run(sql`
    UPDATE issues SET frozen_through = ${through} WHERE id = ${id} AND frozen_through = ${from} AND state = 'preparing'`)
  return moved > 0
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
