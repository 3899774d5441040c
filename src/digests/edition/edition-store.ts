import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

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
