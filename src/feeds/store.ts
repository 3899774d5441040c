import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { Claim } from './claims.ts'

export interface FeedBody {
  readonly address: string
  readonly hash: string
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

export async function readFeedBodies(db: Queries): Promise<FeedBody[]> {
  const rows = await db.all<{ address: string; hash: string; changed_at: number }>(sql`SELECT address, hash, changed_at FROM feed_bodies`)
  return rows.map(({ address, hash, changed_at }) => ({ address, hash, changedAt: Number(changed_at) }))
}

export async function writeFeedBody(db: Queries, { address, hash, changedAt }: FeedBody): Promise<void> {
  await db.run(
    sql`INSERT INTO feed_bodies (address, hash, changed_at) VALUES (${address}, ${hash}, ${changedAt})
        ON CONFLICT (address) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
  )
}

export async function deleteFeedBody(db: Queries, address: string): Promise<void> {
  await db.run(sql`DELETE FROM feed_bodies WHERE address = ${address}`)
}

/** The version of the feeds that was last announced to this hub. */
export async function readAnnouncedVersion(db: Queries, hub: string): Promise<string | undefined> {
  const row = await db.get<{ version: string }>(sql`SELECT version FROM feed_announcements WHERE hub = ${hub}`)
  return row?.version
}

export async function writeAnnouncedVersion(db: Queries, hub: string, version: string): Promise<void> {
  await db.run(sql`
    INSERT INTO feed_announcements (hub, version) VALUES (${hub}, ${version})
    ON CONFLICT (hub) DO UPDATE SET version = excluded.version`)
}

/** Rows in one statement, below the engines' limits on bound values. */
const claimsPerStatement = 500

/** Stores claims of `day`, such as `2026-11-30`. The last claim of a day wins. */
export async function writeClaims(
  db: Queries,
  day: string,
  claims: readonly { readonly feed: string; readonly claim: Claim }[],
): Promise<void> {
  for (let start = 0; start < claims.length; start += claimsPerStatement) {
    const values = claims
      .slice(start, start + claimsPerStatement)
      .map(({ feed, claim }) => sql`(${day}, ${feed}, ${claim.fetcher}, ${claim.source}, ${claim.readers})`)
    await db.run(sql`
      INSERT INTO feed_claims (day, feed, fetcher, source, readers) VALUES ${joinSql(values)}
      ON CONFLICT (day, feed, fetcher, source) DO UPDATE SET readers = excluded.readers`)
  }
}

/** Claims from `first` to `last`, both included, oldest day first. */
export async function readClaims(
  db: Queries,
  first: string,
  last: string,
): Promise<{ feed: string; fetcher: string; source: string; readers: number }[]> {
  return db.all(sql`
    SELECT feed, fetcher, source, readers FROM feed_claims WHERE day >= ${first} AND day <= ${last} ORDER BY day`)
}

/** Deletes the oldest day before `day`. False if there is none. */
export async function deleteClaimsOfOneDay(db: Queries, day: string): Promise<boolean> {
  const deleted = await db.run(sql`DELETE FROM feed_claims WHERE day = (SELECT min(day) FROM feed_claims WHERE day < ${day})`)
  return deleted > 0
}

/** Stores how many feed readers were claimed on `day`, such as `2026-11-30`. The last count of a day wins. */
export async function writeReaderCount(db: Queries, day: string, readers: number): Promise<void> {
  await db.run(sql`
    INSERT INTO feed_reader_counts (day, readers) VALUES (${day}, ${readers})
    ON CONFLICT (day) DO UPDATE SET readers = excluded.readers`)
}

/** Counts from `first` on, oldest day first. */
export async function readReaderCounts(db: Queries, first: string): Promise<{ day: string; readers: number }[]> {
  return db.all(sql`SELECT day, readers FROM feed_reader_counts WHERE day >= ${first} ORDER BY day`)
}

/** The URL that ids of feeds begin with: the first one stored, whoever asks later. */
export async function adoptIdBase(db: Queries, url: string): Promise<string> {
  await db.run(sql`INSERT INTO feed_id_base (id, url) VALUES (1, ${url}) ON CONFLICT (id) DO NOTHING`)
  return (await readIdBase(db)) ?? url
}

export async function readIdBase(db: Queries): Promise<string | undefined> {
  return (await db.get<{ url: string }>(sql`SELECT url FROM feed_id_base`))?.url
}
