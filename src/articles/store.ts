import type { Database } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import { mintId } from './ids.ts'

/** What is remembered of one file for as long as the database lives. */
export interface Minted {
  readonly id: string
  readonly firstSeenAt: Date
  /** Of the file when it was last looked at. */
  readonly fingerprint: string | undefined
  /** Of its title and body alone. */
  readonly textHash: string | undefined
  /** When they were last found to be others than before. */
  readonly textChangedAt: Date | undefined
}

/** A file as it is now. */
export interface FileText {
  readonly path: string
  readonly fingerprint: string
  readonly textHash: string
}

/** One that is met for the first time. */
export interface NewFile extends FileText {
  /** The id that it had elsewhere; minted where there is none. */
  readonly takenOverId: string | undefined
}

interface MintedRow {
  path: string
  id: string
  first_seen_at: number
  fingerprint: string | null
  text_hash: string | null
  text_changed_at: number | null
}

/** Values are bound by position on SQLite, but a statement of either engine holds only so many. */
const rowsAtOnce = 100

const columns = sql`path, id, first_seen_at, fingerprint, text_hash, text_changed_at`

/** All files that were ever met. */
export async function readMinted(database: Database): Promise<Map<string, Minted>> {
  return toMap(await database.all<MintedRow>(sql`SELECT ${columns} FROM articles`))
}

/**
 * Mints ids for files met for the first time. Where another process was first, what it wrote holds.
 * Returns what is stored for them.
 */
export async function mintIds(
  database: Database,
  files: readonly NewFile[],
  publicationUrl: string,
  now: Date,
): Promise<Map<string, Minted>> {
  return database.transaction(async (tx) => {
    const minted = new Map<string, Minted>()
    for (const some of inParts(files)) {
      const rows = some.map(
        ({ path, takenOverId, fingerprint, textHash }) =>
          sql`(${path}, ${takenOverId ?? mintId(publicationUrl, path)}, ${publicationUrl}, ${now.getTime()}, ${fingerprint}, ${textHash})`,
      )
      await tx.run(
        sql`INSERT INTO articles (path, id, origin, first_seen_at, fingerprint, text_hash) VALUES ${joinSql(rows)} ON CONFLICT (path) DO NOTHING`,
      )
      const paths = some.map(({ path }) => path)
      const stored = await tx.all<MintedRow>(sql`SELECT ${columns} FROM articles WHERE path IN (${joinSql(paths)})`)
      for (const [path, row] of toMap(stored)) minted.set(path, row)
    }
    return minted
  })
}

/** Keeps what the file holds now. Where its text is not what was known, it changed at `now`, unless another process said so before. */
export async function recordTexts(database: Database, files: readonly FileText[], now: Date): Promise<Map<string, Minted>> {
  return database.transaction(async (tx) => {
    const minted = new Map<string, Minted>()
    for (const { path, fingerprint, textHash } of files) {
      await tx.run(sql`UPDATE articles SET text_changed_at = ${now.getTime()} WHERE path = ${path} AND text_hash <> ${textHash}`)
      await tx.run(sql`UPDATE articles SET fingerprint = ${fingerprint}, text_hash = ${textHash} WHERE path = ${path}`)
      const stored = await tx.all<MintedRow>(sql`SELECT ${columns} FROM articles WHERE path = ${path}`)
      for (const [stays, row] of toMap(stored)) minted.set(stays, row)
    }
    return minted
  })
}

/** The file is found under another path: id and history go with it. A path that another process has taken already stays its. */
export async function renameFile(database: Database, from: string, to: string): Promise<Minted | undefined> {
  return database.transaction(async (tx) => {
    await tx.run(
      sql`UPDATE articles SET path = ${to} WHERE path = ${from} AND NOT EXISTS (SELECT 1 FROM articles AS others WHERE others.path = ${to})`,
    )
    await tx.run(sql`UPDATE published_slugs SET path = ${to} WHERE path = ${from}`)
    return toMap(await tx.all<MintedRow>(sql`SELECT ${columns} FROM articles WHERE path = ${to}`)).get(to)
  })
}

/** An id that was minted here gives way to the one that the article has elsewhere. */
export async function takeOverIds(database: Database, ids: ReadonlyMap<string, string>): Promise<void> {
  await database.transaction(async (tx) => {
    for (const [path, id] of ids) await tx.run(sql`UPDATE articles SET id = ${id} WHERE path = ${path}`)
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
  return new Map(
    rows.map((row) => [
      row.path,
      {
        id: row.id,
        firstSeenAt: new Date(Number(row.first_seen_at)),
        fingerprint: row.fingerprint ?? undefined,
        textHash: row.text_hash ?? undefined,
        textChangedAt: row.text_changed_at === null ? undefined : new Date(Number(row.text_changed_at)),
      },
    ]),
  )
}

function* inParts<Value>(values: readonly Value[]): Generator<Value[]> {
  for (let start = 0; start < values.length; start += rowsAtOnce) yield values.slice(start, start + rowsAtOnce)
}
