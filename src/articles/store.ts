import type { Database } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import { type Dialect, dialectNames } from '../publication/dialects.ts'
import type { GitDates } from './files/git-dates.ts'
import { mintId } from './ids.ts'

/** What the database stores of one file. Rows are never deleted. */
export interface Minted {
  readonly id: string
  readonly firstSeenAt: Date
  /** Hash of the file when it was last read. */
  readonly fingerprint: string | undefined
  /** Hash of its title and body. */
  readonly textHash: string | undefined
  /** When a change of title or body was last detected. */
  readonly textChangedAt: Date | undefined
}

/** A file as it is now. */
export interface FileText {
  readonly path: string
  readonly fingerprint: string
  readonly textHash: string
}

/** A file without a row yet. */
export interface NewFile extends FileText {
  /** Id from `articles.ids`. Undefined: an id is minted. */
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

/** Keeps each statement below the engines' limits on bound values. */
const batchSize = 100

const columns = sql`path, id, first_seen_at, fingerprint, text_hash, text_changed_at`

/** All files ever read, by path. */
export async function readMinted(database: Database): Promise<Map<string, Minted>> {
  return toMap(await database.all<MintedRow>(sql`SELECT ${columns} FROM articles`))
}

/**
 * Mints ids for new files. If another process was first, its row wins. Returns the stored rows.
 */
export async function mintIds(
  database: Database,
  files: readonly NewFile[],
  publicationUrl: string,
  now: Date,
): Promise<Map<string, Minted>> {
  return database.transaction(async (tx) => {
    const minted = new Map<string, Minted>()
    for (const batch of inBatches(files)) {
      const rows = batch.map(
        ({ path, takenOverId, fingerprint, textHash }) =>
          sql`(${path}, ${takenOverId ?? mintId(publicationUrl, path)}, ${publicationUrl}, ${now.getTime()}, ${fingerprint}, ${textHash})`,
      )
      await tx.run(
        sql`INSERT INTO articles (path, id, origin, first_seen_at, fingerprint, text_hash) VALUES ${joinSql(rows)} ON CONFLICT (path) DO NOTHING`,
      )
      const paths = batch.map(({ path }) => path)
      const stored = await tx.all<MintedRow>(sql`SELECT ${columns} FROM articles WHERE path IN (${joinSql(paths)})`)
      for (const [path, row] of toMap(stored)) minted.set(path, row)
    }
    return minted
  })
}

/** Stores the current hashes. A changed text sets `textChangedAt` to `now`, unless another process already recorded it. */
export async function recordTexts(database: Database, files: readonly FileText[], now: Date): Promise<Map<string, Minted>> {
  return database.transaction(async (tx) => {
    const minted = new Map<string, Minted>()
    for (const { path, fingerprint, textHash } of files) {
      await tx.run(sql`UPDATE articles SET text_changed_at = ${now.getTime()} WHERE path = ${path} AND text_hash <> ${textHash}`)
      await tx.run(sql`UPDATE articles SET fingerprint = ${fingerprint}, text_hash = ${textHash} WHERE path = ${path}`)
      const stored = await tx.all<MintedRow>(sql`SELECT ${columns} FROM articles WHERE path = ${path}`)
      for (const [storedPath, row] of toMap(stored)) minted.set(storedPath, row)
    }
    return minted
  })
}

/** Moves id and history to the new path. A row that another process already created for `to` stays. */
export async function renameFile(database: Database, from: string, to: string): Promise<Minted | undefined> {
  return database.transaction(async (tx) => {
    await tx.run(
      sql`UPDATE articles SET path = ${to} WHERE path = ${from} AND NOT EXISTS (SELECT 1 FROM articles AS others WHERE others.path = ${to})`,
    )
    await tx.run(sql`UPDATE published_slugs SET path = ${to} WHERE path = ${from}`)
    return toMap(await tx.all<MintedRow>(sql`SELECT ${columns} FROM articles WHERE path = ${to}`)).get(to)
  })
}

/** Replaces minted ids by those the articles have elsewhere. */
export async function takeOverIds(database: Database, ids: ReadonlyMap<string, string>): Promise<void> {
  await database.transaction(async (tx) => {
    for (const [path, id] of ids) await tx.run(sql`UPDATE articles SET id = ${id} WHERE path = ${path}`)
  })
}

/** The publication's URL when its first file was read. It is the authority of `tag:` ids, which must survive a move. */
export async function readOrigin(database: Database): Promise<string | undefined> {
  const row = await database.get<{ origin: string }>(sql`SELECT origin FROM articles ORDER BY first_seen_at, path LIMIT 1`)
  return row?.origin
}

/** Every slug ever published → the last file that had it. */
export async function readPublishedSlugs(database: Database): Promise<Map<string, string>> {
  const rows = await database.all<{ slug: string; path: string }>(sql`SELECT slug, path FROM published_slugs`)
  return new Map(rows.map(({ slug, path }) => [slug, path]))
}

/** Dialects found in use → why. Rows of a name that this version does not know are left out. */
export async function readDialects(database: Database): Promise<Map<Dialect, string>> {
  const rows = await database.all<{ name: string; why: string }>(sql`SELECT name, why FROM article_dialects ORDER BY found_at, name`)
  return new Map(rows.flatMap(({ name, why }) => dialectNames.filter((known) => known === name).map((known) => [known, why] as const)))
}

/** Records dialects found in use. They are never removed. */
export async function recordDialects(database: Database, found: ReadonlyMap<Dialect, string>, now: Date): Promise<void> {
  await database.transaction(async (tx) => {
    for (const [name, why] of found)
      await tx.run(
        sql`INSERT INTO article_dialects (name, why, found_at) VALUES (${name}, ${why}, ${now.getTime()}) ON CONFLICT (name) DO NOTHING`,
      )
  })
}

export interface PublishedSlug {
  readonly slug: string
  readonly path: string
}

/** Records published slugs, so that their URLs can answer "gone" later. */
export async function recordPublishedSlugs(database: Database, published: readonly PublishedSlug[], now: Date): Promise<void> {
  if (published.length === 0) return
  await database.transaction(async (tx) => {
    for (const batch of inBatches(published)) {
      const rows = batch.map(({ slug, path }) => sql`(${slug}, ${path}, ${now.getTime()})`)
      await tx.run(
        sql`INSERT INTO published_slugs (slug, path, published_at) VALUES ${joinSql(rows)}
            ON CONFLICT (slug) DO UPDATE SET path = excluded.path`,
      )
    }
  })
}

/** Records that a report which is made once for each database was made. False if it was made before. */
export async function recordReport(database: Database, name: string, now: Date): Promise<boolean> {
  const inserted = await database.run(
    sql`INSERT INTO article_reports (name, made_at) VALUES (${name}, ${now.getTime()}) ON CONFLICT (name) DO NOTHING`,
  )
  return inserted > 0
}

/** The dates that git gave last: one row, a cache of `readGitDates`. */
export async function readStoredGitDates(database: Database): Promise<GitDates | undefined> {
  const row = await database.get<{ key: string; dates: string }>(sql`SELECT key, dates FROM article_git_dates LIMIT 1`)
  if (!row) return undefined
  const dates = Object.entries(JSON.parse(row.dates) as Record<string, number>)
  return { key: row.key, dates: new Map(dates.map(([path, at]) => [path, new Date(at)])) }
}

export async function storeGitDates(database: Database, { key, dates }: GitDates): Promise<void> {
  const stored = JSON.stringify(Object.fromEntries([...dates].map(([path, at]) => [path, at.getTime()])))
  await database.transaction(async (tx) => {
    await tx.run(sql`DELETE FROM article_git_dates`)
    await tx.run(sql`INSERT INTO article_git_dates (key, dates) VALUES (${key}, ${stored}) ON CONFLICT (key) DO NOTHING`)
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

function* inBatches<Value>(values: readonly Value[]): Generator<Value[]> {
  for (let start = 0; start < values.length; start += batchSize) yield values.slice(start, start + batchSize)
}
