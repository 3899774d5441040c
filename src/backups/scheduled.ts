import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../platform/clock.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import type { Database } from '../platform/database/database.ts'
import type { Migration } from '../platform/database/migration.ts'
import { type Log, logError } from '../platform/log.ts'
import { sentenceOf } from '../platform/start-failure.ts'
import type { Publication } from '../publication/publication.ts'
import { backUpDatabase } from './back-up.ts'
import { type BackupSettings, newestSlot } from './last-backup.ts'
import { readFailure, readLastFinished, recordFailed, recordFinished } from './slot-store.ts'

export interface ScheduledBackupsContext {
  readonly database: Database
  readonly databaseAddress: string
  readonly settings: BackupSettings
  readonly migrations: readonly Migration[]
  readonly publication: () => Pick<Publication, 'timezone'>
  readonly clock: Clock
  readonly log: Log
}

/** After a failure. */
const retryMs = 15 * 60_000
/** Only files with these names are ever deleted. The time is that of the slot, in UTC. */
const ownName = /^broadsheet-\d{8}T\d{6}Z\.sqlite$/
const ownPart = /^broadsheet-\d{8}T\d{6}Z\.sqlite\.part(?:-wal|-shm|-journal|\.id)?$/

/** Makes the backup of a slot when it is due. The first one is made at once. */
export function startScheduledBackups(context: ScheduledBackupsContext): Pick<CoalescedTask, 'trigger' | 'settled' | 'stop'> {
  let lastMinute = -1
  const task = new CoalescedTask(
    (signal) => backUpIfDue(context, signal),
    (error) => logError(context.log, error, 'could not look for a backup that is due; will retry'),
  )
  return {
    trigger() {
      const minute = Math.floor(context.clock.now().getTime() / 60_000)
      if (minute === lastMinute) return
      lastMinute = minute
      task.trigger()
    },
    settled: () => task.settled(),
    stop: () => task.stop(),
  }
}

/** One process of several does it, because it holds a lock. */
async function backUpIfDue(context: ScheduledBackupsContext, signal: AbortSignal): Promise<void> {
  const { database, settings, publication, clock, log } = context
  const slot = newestSlot(settings.schedule, publication().timezone, clock.now())
  if (slot === undefined || !(await isDue(context, slot))) return
  const lock = await database.lock('backup')
  if (!lock) return
  try {
    if (await isDue(context, slot)) await backUpSlot(context, slot, signal)
  } catch (error) {
    // A large copy would take longer than a process manager waits. The next start makes it.
    if (signal.aborted) return log.info('the scheduled backup was ended, because the process stops')
    logError(log, error as Error, 'the scheduled backup failed; will retry')
    const reason = sentenceOf(error)
    await database.transaction((tx) => recordFailed(tx, { slot, at: clock.now(), reason }))
  } finally {
    await lock.release()
  }
}

async function isDue({ database, clock }: ScheduledBackupsContext, slot: Date): Promise<boolean> {
  const finished = await readLastFinished(database)
  if (finished && finished.slot >= slot) return false
  const failure = await readFailure(database)
  // Absolute difference: a clock that was set back must not delay the next try.
  return !failure || failure.slot < slot || Math.abs(clock.now().getTime() - failure.at.getTime()) >= retryMs
}

async function backUpSlot(context: ScheduledBackupsContext, slot: Date, signal: AbortSignal): Promise<void> {
  const { database, settings, clock, log } = context
  await mkdir(settings.folder, { recursive: true, mode: 0o700 })
  const file = join(settings.folder, fileNameOf(slot))
  await removeParts(settings.folder)
  // It is there if the process was killed before it was recorded: a file has this name only when it is whole.
  const isThere = await stat(file).catch(() => undefined)
  if (!isThere) await backUpDatabase(context, file, signal)
  const { size: bytes, mtime } = await stat(file)
  await database.transaction((tx) => recordFinished(tx, { slot, at: isThere ? mtime : clock.now(), file, bytes }))
  log.info({ file, bytes }, 'the scheduled backup is made')
  await deleteOld(settings).catch((error: Error) =>
    logError(log, error, 'old backups could not be deleted; will retry after the next backup'),
  )
}

function fileNameOf(slot: Date): string {
  return `broadsheet-${slot.toISOString().replace(/[-:]|\.\d+/g, '')}.sqlite`
}

/** What a process that was killed left behind. */
async function removeParts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (ownPart.test(name)) await rm(join(folder, name), { force: true })
}

async function deleteOld({ folder, keep }: BackupSettings): Promise<void> {
  const own = (await readdir(folder)).filter((name) => ownName.test(name)).sort()
  for (const name of own.slice(0, Math.max(0, own.length - keep))) await rm(join(folder, name), { force: true })
}
