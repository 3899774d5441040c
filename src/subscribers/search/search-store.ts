import type { Queries } from '../../platform/database/database.ts'
import { joinSql, Sql, sql } from '../../platform/database/sql.ts'
import { wordsOf } from './search-words.ts'

/** Progress of the job that fills the index. */
export interface SearchFill {
  /** Subscribers up to this id, who were there before the index, have their entries. */
  readonly lastId: string
  /** All of those have. */
  readonly isDone: boolean
  /** False where PostgreSQL has no pg_trgm. */
  readonly hasTrigrams: boolean
}

export async function readSearchFill(db: Queries): Promise<SearchFill> {
  const row = await db.get<{ last_id: string; is_done: number; has_trigrams: number }>(
    sql`SELECT last_id, is_done, has_trigrams FROM search_fill WHERE id = 1`,
  )
  return { lastId: row?.last_id ?? '', isDone: row?.is_done === 1, hasTrigrams: row?.has_trigrams === 1 }
}

/** How many wait for their entry, counted up to `limit`. */
export async function countSearchWaiting(db: Queries, limit: number): Promise<number> {
  const row = await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM (SELECT 1 AS one FROM search_waiting LIMIT ${limit}) AS waiting`)
  return row?.n ?? 0
}

/** About how many wait, without counting them. */
export async function estimateSearchWaiting(db: Queries): Promise<number> {
  const row = await db.get<{ first: number | null; last: number | null }>(
    sql`SELECT (SELECT min(number) FROM search_waiting) AS first, (SELECT max(number) FROM search_waiting) AS last`,
  )
  return row?.first == null || row.last == null ? 0 : row.last - row.first + 1
}

/** Writes the entries of up to `limit` new or renamed subscribers. Returns how many were waiting. */
export async function indexWaiting(tx: Queries, limit: number): Promise<number> {
  const waiting = await tx.all<{ number: number; subscriber_id: string }>(
    sql`SELECT number, subscriber_id FROM search_waiting ORDER BY number LIMIT ${limit}`,
  )
  if (waiting.length === 0) return 0
  const ids = [...new Set(waiting.map((one) => one.subscriber_id))]
  const found = await readLocked(tx, sql`id IN (${joinSql(ids)})`, ids.length)
  await tx.run(sql`DELETE FROM search_entries WHERE subscriber_id IN (${joinSql(ids)})`)
  await insertEntries(tx, found)
  await tx.run(sql`DELETE FROM search_waiting WHERE number IN (${joinSql(waiting.map((one) => one.number))})`)
  return waiting.length
}

/** Writes the entries of the next `limit` subscribers who were there before the index. Returns how many there were. */
export async function indexOlder(tx: Queries, lastId: string, limit: number): Promise<number> {
  const found = await readLocked(tx, sql`id > ${lastId}`, limit)
  await insertEntries(tx, found)
  const isDone = found.length < limit ? 1 : 0
  await tx.run(sql`UPDATE search_fill SET last_id = ${found.at(-1)?.id ?? lastId}, is_done = ${isDone} WHERE id = 1`)
  return found.length
}

interface Indexed {
  readonly id: string
  readonly email: string
  readonly address_key: string
  readonly name: string
}

/** Locked, so that an erasure in another transaction waits, and then deletes the new entry too. */
async function readLocked(tx: Queries, which: Sql, limit: number): Promise<Indexed[]> {
  const lock = tx.engine === 'postgres' ? sql`FOR SHARE` : sql``
  return tx.all<Indexed>(sql`SELECT id, email, address_key, name FROM subscribers WHERE ${which} ORDER BY id LIMIT ${limit} ${lock}`)
}

async function insertEntries(tx: Queries, found: readonly Indexed[]): Promise<void> {
  if (found.length === 0) return
  await tx.insertAll(
    sql`INSERT INTO search_entries (subscriber_id, words)`,
    found.map((one) => [one.id, wordsOf({ addressKey: one.address_key, email: one.email, name: one.name })]),
    sql`ON CONFLICT (subscriber_id) DO NOTHING`,
  )
}

/** Pages that one step of a merge writes: about ten milliseconds. */
const pagesPerMerge = 32

/** One bounded step of merging the parts of the index. Only SQLite needs it. */
export async function mergeSearchIndex(db: Queries): Promise<void> {
  if (db.engine === 'sqlite') await db.run(sql`INSERT INTO search_words (search_words, rank) VALUES ('merge', ${pagesPerMerge})`)
}

/**
 * On PostgreSQL: creates pg_trgm and its index where the role may, and records whether it could. Other databases have what they need.
 * Returns why it could not.
 */
export async function prepareTrigrams(db: Queries): Promise<Error | undefined> {
  if (db.engine === 'sqlite') return undefined
  try {
    await db.run(sql`CREATE EXTENSION IF NOT EXISTS pg_trgm`)
    // The extension may stand in a schema that is not searched.
    const row = await db.get<{ name: string }>(sql`
      SELECT quote_ident(n.nspname) AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'`)
    const operators = new Sql([`${row?.name ?? 'public'}.gin_trgm_ops`], [])
    await db.run(sql`CREATE INDEX IF NOT EXISTS search_entries_by_part ON search_entries USING gin (words ${operators})`)
    await db.run(sql`UPDATE search_fill SET has_trigrams = 1 WHERE id = 1 AND has_trigrams = 0`)
    return undefined
  } catch (error) {
    await db.run(sql`UPDATE search_fill SET has_trigrams = 0 WHERE id = 1 AND has_trigrams = 1`)
    return error as Error
  }
}

/** One scanned subscriber. `key` is the position in the order of the search. */
export interface Scanned<Key> {
  readonly key: Key
  readonly id: string
  readonly is_in: number
}

export async function lastEntryNumber(db: Queries): Promise<number> {
  const row = await db.get<{ last: number | null }>(sql`SELECT max(number) AS last FROM search_entries`)
  return row?.last ?? 0
}

/** Entries with `needle` and a number from `from` up to before `before`, newest first. */
export async function scanParts(
  db: Queries,
  needle: string,
  range: { readonly from: number; readonly before: number },
  conditions: readonly Sql[],
  limit: number,
): Promise<Scanned<number>[]> {
  const { from, before } = range
  const found =
    db.engine === 'sqlite'
      ? sql`SELECT rowid AS number FROM search_words WHERE search_words MATCH ${`"${needle.replaceAll('"', '""')}"`}
          AND rowid >= ${from} AND rowid < ${before} ORDER BY rowid DESC LIMIT ${limit}`
      : sql`SELECT number FROM search_entries WHERE words LIKE ${`%${needle.replace(/[\\%_]/g, '\\$&')}%`}
          AND number >= ${from} AND number < ${before} ORDER BY number DESC LIMIT ${limit}`
  return db.all(sql`
    SELECT e.number AS key, e.subscriber_id AS id, ${isIn(conditions)} AS is_in
    FROM (${found}) AS f JOIN search_entries AS e ON e.number = f.number JOIN subscribers AS seen ON seen.id = e.subscriber_id
    ORDER BY e.number DESC`)
}

/**
 * Subscribers whose address begins with `needle`, in the order of addresses, after the address `after`. On PostgreSQL, it reads all
 * subscribers until the entries are filled.
 */
export async function scanBeginnings(
  db: Queries,
  needle: string,
  { after, isFilled }: { readonly after: string; readonly isFilled: boolean },
  conditions: readonly Sql[],
  limit: number,
): Promise<Scanned<string>[]> {
  if (db.engine === 'sqlite') {
    const end = `${needle}\u{10ffff}`
    return db.all(sql`
      SELECT address_key AS key, id, ${isIn(conditions)} AS is_in FROM (
        SELECT id, address_key FROM subscribers
        WHERE address_key >= ${needle} AND address_key < ${end} AND address_key > ${after} ORDER BY address_key LIMIT ${limit}
      ) AS seen ORDER BY address_key`)
  }
  // The operators ~>~ and ~<~ compare bytes, as the index does. A comparison by the database's language has another order.
  if (!isFilled) {
    return db.all(sql`
      SELECT address_key AS key, id, ${isIn(conditions)} AS is_in FROM (
        SELECT id, address_key FROM subscribers
        WHERE starts_with(address_key, ${needle}) AND address_key ~>~ ${after} ORDER BY address_key USING ~<~ LIMIT ${limit}
      ) AS seen ORDER BY address_key USING ~<~`)
  }
  return db.all(sql`
    SELECT f.words AS key, f.subscriber_id AS id, ${isIn(conditions)} AS is_in FROM (
      SELECT words, subscriber_id FROM search_entries
      WHERE words LIKE ${`${needle.replace(/[\\%_]/g, '\\$&')}%`} AND words ~>~ ${after} ORDER BY words USING ~<~ LIMIT ${limit}
    ) AS f JOIN subscribers AS seen ON seen.id = f.subscriber_id ORDER BY f.words USING ~<~`)
}

function isIn(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`1` : sql`CASE WHEN ${joinSql(conditions, ' AND ')} THEN 1 ELSE 0 END`
}
