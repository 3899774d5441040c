import { Cron } from 'croner'
import type { Clock } from '../platform/clock.ts'
import type { Queries } from '../platform/database/database.ts'
import type { Publication } from '../publication/publication.ts'
import { type FailedBackup, type FinishedBackup, readFailure, readLastFinished } from './slot-store.ts'

/** BACKUP_DIR, BACKUP_SCHEDULE and BACKUP_KEEP. */
export interface BackupSettings {
  readonly folder: string
  /** A cron expression, in the time zone of the publication. */
  readonly schedule: string
  /** How many backups stay. */
  readonly keep: number
}

export interface LastBackupContext {
  readonly database: Queries
  /** Undefined: BACKUP_DIR is not set. */
  readonly settings: BackupSettings | undefined
  readonly publication: () => Pick<Publication, 'timezone'>
  readonly clock: Pick<Clock, 'now'>
}

/** What the doctor and the desk tell of scheduled backups. */
export interface LastBackup {
  readonly folder: string
  readonly finished: FinishedBackup | undefined
  /** How old the last one is. Undefined if there is none. */
  readonly ageMs: number | undefined
  /** Set while the newest slot has no backup because it failed. */
  readonly failure: FailedBackup | undefined
  /** The newest slot passed more than an hour ago, and there is no backup of it. */
  readonly isLate: boolean
}

/** A large database takes some minutes. */
const graceMs = 3_600_000
const minuteMs = 60_000

/** The last scheduled backup and its age; undefined if there is no schedule. */
export async function lastBackup({ database, settings, publication, clock }: LastBackupContext): Promise<LastBackup | undefined> {
  if (!settings) return undefined
  const now = clock.now()
  const finished = await readLastFinished(database)
  const slot = newestSlot(settings.schedule, publication().timezone, new Date(now.getTime() - graceMs))
  return {
    folder: settings.folder,
    finished,
    ageMs: finished && Math.max(0, now.getTime() - finished.at.getTime()),
    failure: await readFailure(database),
    isLate: slot !== undefined && (finished === undefined || finished.slot < slot),
  }
}

/** The newest slot that is due at `now`. */
export function newestSlot(schedule: string, timezone: string, now: Date): Date | undefined {
  // croner looks before the given minute.
  const next = new Date((Math.floor(now.getTime() / minuteMs) + 1) * minuteMs)
  return new Cron(schedule, timezone === 'UTC' ? { utcOffset: 0 } : { timezone }).previousRuns(1, next)[0]
}
