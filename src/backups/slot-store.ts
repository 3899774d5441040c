import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

export interface FinishedBackup {
  readonly slot: Date
  readonly at: Date
  readonly file: string
  readonly bytes: number
}

export interface FailedBackup {
  readonly slot: Date
  readonly at: Date
  readonly reason: string
}

/** Slots that are kept in the table. */
const keptSlots = 100

export async function readLastFinished(db: Queries): Promise<FinishedBackup | undefined> {
  const row = await db.get<{ slot: number; finished_at: number; file: string; bytes: number }>(
    sql`SELECT slot, finished_at, file, bytes FROM scheduled_backups WHERE finished_at IS NOT NULL ORDER BY slot DESC LIMIT 1`,
  )
  return row && { slot: new Date(row.slot), at: new Date(row.finished_at), file: row.file, bytes: row.bytes }
}

/** The last slot, if its backup failed and was not made since. */
export async function readFailure(db: Queries): Promise<FailedBackup | undefined> {
  const row = await db.get<{ slot: number; finished_at: number | null; failed_at: number | null; reason: string | null }>(
    sql`SELECT slot, finished_at, failed_at, reason FROM scheduled_backups ORDER BY slot DESC LIMIT 1`,
  )
  if (!row || row.finished_at !== null || row.failed_at === null) return undefined
  return { slot: new Date(row.slot), at: new Date(row.failed_at), reason: row.reason ?? '' }
}

export async function recordFinished(tx: Queries, { slot, at, file, bytes }: FinishedBackup): Promise<void> {
  await tx.run(sql`
    INSERT INTO scheduled_backups (slot, file, bytes, finished_at) VALUES (${slot.getTime()}, ${file}, ${bytes}, ${at.getTime()})
    ON CONFLICT (slot) DO UPDATE SET file = excluded.file, bytes = excluded.bytes, finished_at = excluded.finished_at, failed_at = NULL, reason = NULL`)
  await tx.run(sql`
    DELETE FROM scheduled_backups WHERE slot NOT IN (SELECT slot FROM scheduled_backups ORDER BY slot DESC LIMIT ${keptSlots})`)
}

export async function recordFailed(tx: Queries, { slot, at, reason }: FailedBackup): Promise<void> {
  await tx.run(sql`
    INSERT INTO scheduled_backups (slot, failed_at, reason) VALUES (${slot.getTime()}, ${at.getTime()}, ${reason})
    ON CONFLICT (slot) DO UPDATE SET failed_at = excluded.failed_at, reason = excluded.reason`)
}
