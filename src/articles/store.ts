import type { Database } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import { mintId } from './ids.ts'

/** What is remembered of one file for as long as the database lives. */
export interface Minted {
  readonly id: string
  readonly firstSeenAt: Date
}

interface MintedRow {
  path: string
  id: string
  first_seen_at: number
}

/** SQLite looks each `$n` up by name, so that the time for a statement grows with the square of its values. */
const rowsAtOnce = 100

/** The ids of all files that were ever met. */
export async function readMinted(database: Database): Promise<Map<string, Minted>> {
  return toMap(await database.all<MintedRow>(sql`SELECT path, id, first_seen_at FROM articles`))
}

/**
 * Mints ids for files met for the first time. Where another process was first, what it wrote holds.
 * Returns what is stored for `paths`.
 */
export async function mintIds(
  database: Database,
  paths: readonly string[],
  publicationUrl: string,
  now: Date,
): Promise<Map<string, Minted>> {
  return database.transaction(async (tx) => {
    const minted = new Map<string, Minted>()
    for (const some of inParts(paths)) {
      const rows = some.map((path) => sql`(${path}, ${mintId(publicationUrl, path)}, ${publicationUrl}, ${now.getTime()})`)
      await tx.run(sql`INSERT INTO articles (path, id, origin, first_seen_at) VALUES ${joinSql(rows)} ON CONFLICT (path) DO NOTHING`)
      const stored = await tx.all<MintedRow>(sql`SELECT path, id, first_seen_at FROM articles WHERE path IN (${joinSql(some)})`)
      for (const [path, row] of toMap(stored)) minted.set(path, row)
    }
    return minted
  })
}

/** The publication's URL when its first file was met: the authority of the `tag:` ids, which a move must not change. */
export async function readOrigin(database: Database): Promise<string | undefined> {
  const row = await database.get<{ origin: string }>(sql`SELECT origin FROM articles ORDER BY first_seen_at, path LIMIT 1`)
  return row?.origin
}

/** Every slug that was ever published, with the file that had it. */
export async function readPublishedSlugs(database: Database): Promise<Map<string, string>> {
  const rows = await database.all<{ slug: string; path: string }>(sql`SELECT slug, path FROM published_slugs`)
  return new Map(rows.map(({ slug, path }) => [slug, path]))
}

export interface PublishedSlug {
  readonly slug: string
  readonly path: string
}

/** Remembers that these slugs were published, so that their addresses are known to be gone one day. */
export async function recordPublishedSlugs(database: Database, published: readonly PublishedSlug[], now: Date): Promise<void> {
  if (published.length === 0) return
  await database.transaction(async (tx) => {
    for (const some of inParts(published)) {
      const rows = some.map(({ slug, path }) => sql`(${slug}, ${path}, ${now.getTime()})`)
      await tx.run(
        sql`INSERT INTO published_slugs (slug, path, published_at) VALUES ${joinSql(rows)}
            ON CONFLICT (slug) DO UPDATE SET path = excluded.path`,
      )
    }
  })
}

function toMap(rows: readonly MintedRow[]): Map<string, Minted> {
  return new Map(rows.map((row) => [row.path, { id: row.id, firstSeenAt: new Date(Number(row.first_seen_at)) }]))
}

function* inParts<Value>(values: readonly Value[]): Generator<Value[]> {
  for (let start = 0; start < values.length; start += rowsAtOnce) yield values.slice(start, start + rowsAtOnce)
}
