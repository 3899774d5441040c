import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

/** Edition ids of an issue. Key: `listKey` of their articles. */
export async function readEditions(db: Queries, issueId: string): Promise<Map<string, string>> {
  const rows = await db.all<{ list_key: string; edition_id: string }>(sql`
    SELECT list_key, edition_id FROM issue_editions WHERE issue_id = ${issueId}`)
  return new Map(rows.map((row) => [row.list_key, row.edition_id]))
}

/** The first edition of a list is final. Later ones, by another process or after a restart, are ignored. */
export async function insertEdition(
  tx: Queries,
  issueId: string,
  edition: { listKey: string; editionId: string; articleIds: readonly string[] },
): Promise<void> {
  await tx.run(sql`
    INSERT INTO issue_editions (issue_id, list_key, edition_id, articles)
    VALUES (${issueId}, ${edition.listKey}, ${edition.editionId}, ${JSON.stringify(edition.articleIds)}) ON CONFLICT (issue_id, list_key) DO NOTHING`)
}

/** Article ids of an edition of an issue; undefined if the issue has no such edition. */
export async function readArticlesOfEdition(db: Queries, issueId: string, editionId: string): Promise<string[] | undefined> {
  const row = await db.get<{ articles: string }>(sql`
    SELECT articles FROM issue_editions WHERE issue_id = ${issueId} AND edition_id = ${editionId} LIMIT 1`)
  return row && JSON.parse(row.articles)
}

/** Editions of other issues that contain any of these articles. Key: edition id. */
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
