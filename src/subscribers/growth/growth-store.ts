import type { Database, Queries } from '../../platform/database/database.ts'
import { joinSql, type Sql, sql } from '../../platform/database/sql.ts'
import { knownFormats } from '../import/formats.ts'

const consentsPerStep = 1_000

/**
 * Adds the next consents to the counts by day. True if there may be more. Joined: confirmed by the reader, or added by an import.
 * Departed: left after having joined. A consent is counted on the second look at the earliest: a transaction with a lower id may
 * still have been under way on the first.
 */
export async function countGrowth(database: Database): Promise<boolean> {
  if ((await readFill(database, sql``))?.last_consent === (await newestConsent(database))) return false
  return database.transaction(async (tx) => {
    const fill = await readFill(tx, tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``)
    if (!fill) return false
    const seen = await newestConsent(tx)
    const until = Math.min(tx.engine === 'sqlite' ? seen : fill.seen_consent, fill.last_consent + consentsPerStep)
    if (until > fill.last_consent) await addGrowth(tx, sql`c.id > ${fill.last_consent} AND c.id <= ${until}`)
    const last = Math.max(until, fill.last_consent)
    if (last !== fill.last_consent || seen !== fill.seen_consent)
      await tx.run(sql`UPDATE reader_growth_fill SET last_consent = ${last}, seen_consent = ${seen} WHERE id = 1`)
    return last < (tx.engine === 'sqlite' ? seen : fill.seen_consent)
  })
}

async function newestConsent(db: Queries): Promise<number> {
  return (await db.get<{ id: number | null }>(sql`SELECT max(id) AS id FROM consents`))?.id ?? 0
}

/** Call after consents were deleted: SQLite, and a copy on PostgreSQL, give the ids of the newest ones again, and those are to count. */
export async function rewindGrowth(tx: Queries): Promise<void> {
  const upToNewest = (column: Sql) => sql`CASE WHEN ${column} > newest.id THEN newest.id ELSE ${column} END`
  await tx.run(sql`
    UPDATE reader_growth_fill SET last_consent = ${upToNewest(sql`last_consent`)}, seen_consent = ${upToNewest(sql`seen_consent`)}
    FROM (SELECT coalesce(max(id), 0) AS id FROM consents) AS newest
    WHERE reader_growth_fill.id = 1 AND (last_consent > newest.id OR seen_consent > newest.id)`)
}

function readFill(db: Queries, lock: Sql) {
  return db.get<{ last_consent: number; seen_consent: number }>(
    sql`SELECT last_consent, seen_consent FROM reader_growth_fill WHERE id = 1 ${lock}`,
  )
}

/** An import writes the earlier consents of a row beside `added`, which counts. */
const isOfImport = sql`c.source IN (${joinSql(['import', ...knownFormats.map(({ format }) => format)])})`

async function addGrowth(tx: Queries, which: Sql): Promise<void> {
  await tx.run(sql`
    INSERT INTO reader_growth (day, digest, source, joined, departed)
    SELECT day, digest, source, sum(joined), sum(departed) FROM (
      SELECT c.at / 86400000 AS day, c.digest AS digest,
        coalesce((SELECT s.source FROM subscriptions s WHERE s.subscriber_id = c.subscriber_id AND s.digest = c.digest), c.source) AS source,
        CASE WHEN c.event = 'added' OR (c.event = 'confirmed' AND NOT ${isOfImport}) THEN 1 ELSE 0 END AS joined,
        CASE WHEN c.event = 'left' AND EXISTS (
          SELECT 1 FROM consents b WHERE b.subscriber_id = c.subscriber_id AND b.id < c.id AND b.digest = c.digest AND b.event IN ('confirmed', 'added')
        ) THEN 1 ELSE 0 END AS departed
      FROM consents c WHERE ${which} AND c.event <> 'asked'
    ) AS counted WHERE joined + departed > 0 GROUP BY day, digest, source
    ON CONFLICT (day, digest, source) DO UPDATE SET joined = reader_growth.joined + excluded.joined,
      departed = reader_growth.departed + excluded.departed`)
}

/**
 * Before a subscriber is erased: counts their consents that are not counted yet, and their confirmed subscriptions as departed now.
 * Locks the progress of `countGrowth`, so that no consent counts twice.
 */
export async function countErased(tx: Queries, subscriberId: string, now: Date): Promise<void> {
  const fill = await readFill(tx, tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``)
  await addGrowth(tx, sql`c.subscriber_id = ${subscriberId} AND c.id > ${fill?.last_consent ?? 0}`)
  const day = Math.floor(now.getTime() / 86_400_000)
  await tx.run(sql`
    INSERT INTO reader_growth (day, digest, source, joined, departed)
    SELECT CAST(${day} AS INTEGER), digest, source, 0, 1 FROM subscriptions WHERE subscriber_id = ${subscriberId} AND state = 'confirmed'
    ON CONFLICT (day, digest, source) DO UPDATE SET departed = reader_growth.departed + 1`)
}

export interface GrowthRow {
  /** Days since 1970, of UTC. */
  readonly day: number
  readonly digest: string
  readonly source: string
  readonly joined: number
  readonly departed: number
}

/** The counts of the days from `fromDay` on, in order. */
export async function readGrowth(db: Queries, fromDay: number): Promise<GrowthRow[]> {
  return db.all<GrowthRow>(sql`
    SELECT day, digest, source, joined, departed FROM reader_growth WHERE day >= ${fromDay} ORDER BY day, digest, source`)
}
