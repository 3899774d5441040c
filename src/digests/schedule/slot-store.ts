import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

/** What is remembered of a digest's schedule. */
export interface Registered {
  readonly rhythm: string
  /** Slots after this count: when the digest was first seen, or its schedule last changed. */
  readonly countsFrom: Date
}

export async function readRegistered(db: Queries, name: string): Promise<Registered | undefined> {
  const row = await db.get<{ rhythm: string; counts_from: number }>(sql`SELECT rhythm, counts_from FROM digests WHERE name = ${name}`)
  return row && { rhythm: row.rhythm, countsFrom: new Date(row.counts_from) }
}

/** A digest begins when it is first seen in `publication.yaml`. True where that is now. */
export async function insertDigest(tx: Queries, name: string, rhythm: string, now: Date): Promise<boolean> {
  const written = await tx.run(sql`
    INSERT INTO digests (name, began_at, rhythm, counts_from) VALUES (${name}, ${now.getTime()}, ${rhythm}, ${now.getTime()})
    ON CONFLICT (name) DO NOTHING`)
  return written > 0
}

/** When the first of all digests was first seen. */
export async function readFirstBeginning(db: Queries): Promise<Date | undefined> {
  const row = await db.get<{ began_at: number | null }>(sql`SELECT min(began_at) AS began_at FROM digests`)
  return row?.began_at ? new Date(Number(row.began_at)) : undefined
}

/** From now on the slots of this schedule count. False where another process changed it first. */
export async function changeSchedule(tx: Queries, name: string, from: string, to: string, now: Date): Promise<boolean> {
  const changed = await tx.run(sql`
    UPDATE digests SET rhythm = ${to}, counts_from = ${now.getTime()} WHERE name = ${name} AND rhythm = ${from}`)
  return changed > 0
}

/** A digest that began when the clock was ahead of `now` begins now. */
export async function registerNoLaterThan(tx: Queries, name: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE digests SET counts_from = ${now.getTime()} WHERE name = ${name} AND counts_from > ${now.getTime()}`)
}

/**
 * Forgets what was recorded at a time that has not come yet, by a clock that was ahead: those slots may not be missed after all.
 * What was issued stays so, for it went out. Returns how many.
 */
export async function dropSlotsAhead(tx: Queries, name: string, now: Date): Promise<number> {
  return tx.run(sql`DELETE FROM slots WHERE digest = ${name} AND recorded_at > ${now.getTime()} AND outcome <> 'issued'`)
}

/** The last slot that was recorded and has come, or from when slots count. */
export async function readProgress(db: Queries, digest: string, now: Date): Promise<Date | undefined> {
  const row = await db.get<{ counts_from: number; last: number | null }>(sql`
    SELECT counts_from, (SELECT max(slot) FROM slots WHERE digest = ${digest} AND slot <= ${now.getTime()}) AS last
    FROM digests WHERE name = ${digest}`)
  return row && new Date(Math.max(row.counts_from, row.last ?? 0))
}

export async function hasSlot(db: Queries, digest: string, slot: Date): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS one FROM slots WHERE digest = ${digest} AND slot = ${slot.getTime()}`)) !== undefined
}

export interface EndedSlot {
  readonly slot: Date
  readonly outcome: 'issued' | 'skipped' | 'missed'
  readonly reason: string
}

const rowsPerStatement = 50

/** Records how slots ended. Returns how many were not recorded before, by whomever: only those are ours to act on. */
export async function insertSlots(tx: Queries, digest: string, ended: readonly EndedSlot[], now: Date): Promise<number> {
  let inserted = 0
  for (let start = 0; start < ended.length; start += rowsPerStatement) {
    const rows = ended
      .slice(start, start + rowsPerStatement)
      .map(({ slot, outcome, reason }) => sql`(${digest}, ${slot.getTime()}, ${outcome}, ${reason}, ${now.getTime()})`)
    inserted += await tx.run(sql`
      INSERT INTO slots (digest, slot, outcome, reason, recorded_at) VALUES ${joinSql(rows)} ON CONFLICT (digest, slot) DO NOTHING`)
  }
  return inserted
}

/** Slots that one look at the clock found missed. */
export interface MissedSlots {
  readonly digest: string
  readonly count: number
  readonly first: Date
  readonly last: Date
  readonly recordedAt: Date
}

export async function readMissedSince(db: Queries, since: Date): Promise<MissedSlots[]> {
  const rows = await db.all<{ digest: string; recorded_at: number; n: number; first: number; last: number }>(sql`
    SELECT digest, recorded_at, count(*) AS n, min(slot) AS first, max(slot) AS last FROM slots
    WHERE outcome = 'missed' AND recorded_at > ${since.getTime()} GROUP BY digest, recorded_at ORDER BY recorded_at, digest`)
  return rows.map((row) => ({
    digest: row.digest,
    count: row.n,
    first: new Date(row.first),
    last: new Date(row.last),
    recordedAt: new Date(row.recorded_at),
  }))
}
