import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

/** The stored schedule of a digest. */
export interface Registered {
  /** Schedule and time zone in one line: the column `rhythm`. */
  readonly scheduleLine: string
  /** When the digest was first seen or its schedule last changed. Earlier slots do not count. */
  readonly countsFrom: Date
}

export async function readRegistered(db: Queries, name: string): Promise<Registered | undefined> {
  const row = await db.get<{ rhythm: string; counts_from: number }>(sql`SELECT rhythm, counts_from FROM digests WHERE name = ${name}`)
  return row && { scheduleLine: row.rhythm, countsFrom: new Date(row.counts_from) }
}

/** Registers a digest when it is first seen in `publication.yaml`. False if it was registered before. */
export async function insertDigest(tx: Queries, name: string, scheduleLine: string, now: Date): Promise<boolean> {
  const registered = await tx.run(sql`
    INSERT INTO digests (name, began_at, rhythm, counts_from) VALUES (${name}, ${now.getTime()}, ${scheduleLine}, ${now.getTime()})
    ON CONFLICT (name) DO NOTHING`)
  return registered > 0
}

/** When the first digest was registered. */
export async function readFirstBeginning(db: Queries): Promise<Date | undefined> {
  const row = await db.get<{ began_at: number | null }>(sql`SELECT min(began_at) AS began_at FROM digests`)
  return row?.began_at ? new Date(Number(row.began_at)) : undefined
}

/** Slots of the new schedule count from now. False if another process changed the schedule first. */
export async function changeSchedule(tx: Queries, name: string, from: string, to: string, now: Date): Promise<boolean> {
  const changed = await tx.run(sql`
    UPDATE digests SET rhythm = ${to}, counts_from = ${now.getTime()} WHERE name = ${name} AND rhythm = ${from}`)
  return changed > 0
}

/** Corrects a start in the future, which a wrong clock recorded, to now. */
export async function registerNoLaterThan(tx: Queries, name: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE digests SET counts_from = ${now.getTime()} WHERE name = ${name} AND counts_from > ${now.getTime()}`)
}

/**
 * Deletes slots that a wrong clock recorded in the future, because they may still be issued. Keeps issued slots, whose mail went
 * out. Returns how many were deleted.
 */
export async function dropSlotsAhead(tx: Queries, name: string, now: Date): Promise<number> {
  return tx.run(sql`DELETE FROM slots WHERE digest = ${name} AND recorded_at > ${now.getTime()} AND outcome <> 'issued'`)
}

/** The last recorded slot that is not in the future, or the time from which slots count. */
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

/** Slots by digest and how they ended. */
export async function countSlots(db: Queries): Promise<{ digest: string; outcome: string; count: number }[]> {
  return db.all(sql`SELECT digest, outcome, count(*) AS count FROM slots GROUP BY digest, outcome ORDER BY digest, outcome`)
}

/** Records how slots ended. Returns how many were new: the caller acts on those only. */
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

/** Slots of one digest that were recorded as missed at the same time. */
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
