import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'

/** `open` is the tracking pixel, which a mail program loads when it shows the message. */
export const countedLinkKinds = ['article', 'call_to_action', 'text', 'open'] as const
export type CountedLinkKind = (typeof countedLinkKinds)[number]

/** An address in an issue that readers reach through our redirect. Its id is a keyed hash, so nobody can guess it. */
export interface CountedLink {
  readonly id: string
  readonly issueId: string
  readonly kind: CountedLinkKind
  readonly url: string
}

export async function insertCountedLinks(tx: Queries, links: readonly CountedLink[]): Promise<void> {
  if (links.length === 0) return
  await tx.insertAll(
    sql`INSERT INTO measured_links (id, issue_id, kind, url)`,
    links.map(({ id, issueId, kind, url }) => [id, issueId, kind, url]),
    sql`ON CONFLICT (id) DO NOTHING`,
  )
}

export async function readCountedLink(db: Queries, id: string): Promise<CountedLink | undefined> {
  const row = await db.get<{ id: string; issue_id: string; kind: CountedLinkKind; url: string }>(sql`
    SELECT id, issue_id, kind, url FROM measured_links WHERE id = ${id}`)
  return row && { id: row.id, issueId: row.issue_id, kind: row.kind, url: row.url }
}

export async function readCountedLinks(db: Queries, issueId: string): Promise<(CountedLink & { count: number })[]> {
  const rows = await db.all<{ id: string; issue_id: string; kind: CountedLinkKind; url: string; count: number }>(sql`
    SELECT id, issue_id, kind, url, count FROM measured_links WHERE issue_id = ${issueId} ORDER BY id`)
  return rows.map((row) => ({ id: row.id, issueId: row.issue_id, kind: row.kind, url: row.url, count: row.count }))
}

export async function sumFollowed(db: Queries): Promise<{ digest: string; kind: CountedLinkKind; count: number }[]> {
  const rows = await db.all<{ digest: string; kind: CountedLinkKind; count: number }>(sql`
    SELECT issues.digest, kind, sum(measured_links.count) AS count
    FROM measured_links JOIN issues ON issues.id = measured_links.issue_id
    GROUP BY issues.digest, kind ORDER BY issues.digest, kind`)
  return rows.map(({ digest, kind, count }) => ({ digest, kind, count: Number(count) }))
}

export async function addFollowed(tx: Queries, counts: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, count] of counts) await tx.run(sql`UPDATE measured_links SET count = count + ${count} WHERE id = ${id}`)
}
