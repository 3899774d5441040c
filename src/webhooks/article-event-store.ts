import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** Stands for the first run on a database. No article has this id. */
const firstRun = ''

/** On the first run, takes these articles for announced. Later it changes nothing. */
export async function markAllAnnounced(tx: Queries, ids: readonly string[]): Promise<void> {
  if (!(await insertAnnounced(tx, firstRun))) return
  await tx.insertAll(
    sql`INSERT INTO announced_articles (article_id)`,
    ids.map((id) => [id]),
    sql`ON CONFLICT (article_id) DO NOTHING`,
  )
}

/** False if the article was announced before, also by another process. */
export async function insertAnnounced(tx: Queries, id: string): Promise<boolean> {
  return (await tx.run(sql`INSERT INTO announced_articles (article_id) VALUES (${id}) ON CONFLICT (article_id) DO NOTHING`)) > 0
}

export async function listAnnounced(db: Queries): Promise<string[]> {
  const rows = await db.all<{ article_id: string }>(sql`SELECT article_id FROM announced_articles`)
  return rows.map((row) => row.article_id)
}
