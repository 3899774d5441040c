import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

/** Ids of all articles that this digest has sent or excluded. */
export async function readLedger(db: Queries, digest: string): Promise<Set<string>> {
  const rows = await db.all<{ article_id: string }>(sql`SELECT article_id FROM ledger WHERE digest = ${digest}`)
  return new Set(rows.map((row) => row.article_id))
}

export async function hasLedger(db: Queries, digest: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM ledger WHERE digest = ${digest} LIMIT 1`)) !== undefined
}

/** SQLite looks up bound values one by one, so short statements are faster than one long statement. */
const rowsPerStatement = 50

/** Throws if the ledger already has one of the articles for this digest. */
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

/** Removes the entries of an issue, and those of the articles that its note excluded. */
export async function deleteLedgerOf(
  tx: Queries,
  digest: string,
  issueId: string,
  excluded: readonly string[],
  reason: string,
): Promise<void> {
  await tx.run(sql`DELETE FROM ledger WHERE digest = ${digest} AND issue_id = ${issueId}`)
  if (excluded.length > 0)
    await tx.run(sql`DELETE FROM ledger WHERE digest = ${digest} AND reason = ${reason} AND article_id IN (${joinSql(excluded)})`)
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
