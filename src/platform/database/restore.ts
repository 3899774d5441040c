import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { chmod, copyFile, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Log } from '../log.ts'
import type { Database, Lock } from './database.ts'
import { backupTimeOf, hasLog, idFileOf, renewId } from './database-id.ts'
import { openDatabase } from './open.ts'
import { replaceFile, syncFolder } from './replace-file.ts'
import { lockFile } from './sqlite.ts'

const suffixes = ['', '-wal', '-shm'] as const

/** Locks that a running server or command holds while it writes. */
export const restoreLocks = ['sender', 'caller', 'import', 'backup']

export interface Restored {
  /** Where the database before it is now; undefined if there was none. */
  readonly aside: string | undefined
}

/**
 * Puts a copy of `from` in the place of the database file `to`. `mark` changes the copy before it gets its name. The old files are moved
 * aside. Throws, and changes nothing, if a server is running or if `from` is damaged or no database of ours. A crash at any point leaves
 * the old database, the new one, or a state that the next start refuses.
 */
export async function restoreDatabase(
  from: string,
  to: string,
  {
    at,
    mark,
    log,
  }: { readonly at: Date; readonly mark: (copy: Database, backupMadeAt: Date | undefined) => Promise<void>; readonly log: Log },
): Promise<Restored> {
  const held = holdLocks(to)
  const copy = `${to}.restoring`
  try {
    removeAll(copy)
    await copyDatabase(from, to, copy)
    const backupMadeAt = checkIsOurs(copy, from)
    const id = renewId(copy)
    const database = await openDatabase(copy, log)
    try {
      await mark(database, backupMadeAt)
    } finally {
      await database.close()
    }
    await sync(copy)
    const aside = existsSync(to) ? keepAside(to, at) : undefined
    renameSync(copy, to)
    syncFolder(dirname(to))
    for (const suffix of ['-wal', '-shm']) rmSync(to + suffix, { force: true })
    replaceFile(idFileOf(to), `${id}\n`)
    return { aside }
  } finally {
    removeAll(copy)
    for (const lock of held) await lock.release()
  }
}

/** Throws if a server or a command that writes uses the file. */
export function holdLocks(file: string): Lock[] {
  const held: Lock[] = []
  for (const name of restoreLocks) {
    const lock = lockFile(`${file}.${name}.lock`)
    if (!lock) {
      for (const one of held) void one.release()
      throw new Error(`a server or another command uses ${file}: stop it first`)
    }
    held.push(lock)
  }
  return held
}

/** The log beside `from` is part of it, unless `from` is the file in place: its log may belong to the database before. */
export async function copyDatabase(from: string, to: string, copy: string): Promise<void> {
  await copyFile(from, copy)
  if (from !== to && hasLog(from)) await copyFile(`${from}-wal`, `${copy}-wal`)
  await chmod(copy, 0o600)
}

/** Throws if the file is damaged, or has no migrations of ours. Returns when it was made, if it is a backup. */
export function checkIsOurs(copy: string, from: string): Date | undefined {
  let rows: { integrity_check: string }[]
  let table: unknown
  let madeAt: Date | undefined
  try {
    const connection = new DatabaseSync(copy)
    try {
      rows = connection.prepare('PRAGMA integrity_check(3)').all() as unknown as typeof rows
      table = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get()
      const isNumbered = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'database_identity'").get()
      madeAt = isNumbered && backupTimeOf(connection)
    } finally {
      connection.close()
    }
  } catch (error) {
    throw new Error(`${from} is not a database that can be read: ${(error as Error).message}`, { cause: error })
  }
  const faults = rows.map((row) => row.integrity_check).filter((fault) => fault !== 'ok')
  if (faults.length > 0) throw new Error(`${from} is damaged: ${faults.join('; ')}`)
  if (!table) throw new Error(`${from} is not a database of Broadsheet`)
  return madeAt
}

/** Links, so that the old database has its place until the new one takes it in one step. */
function keepAside(file: string, at: Date): string {
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '')
  let aside = `${file}.before-restore-${stamp}`
  for (let number = 2; existsSync(aside); number++) aside = `${file}.before-restore-${stamp}-${number}`
  for (const suffix of suffixes) {
    if (!existsSync(file + suffix)) continue
    try {
      linkSync(file + suffix, aside + suffix)
    } catch {
      // Some file systems have no links.
      copyFileSync(file + suffix, aside + suffix)
    }
  }
  return aside
}

/** With the files beside it. */
export function removeAll(file: string): void {
  for (const path of [...suffixes.map((suffix) => file + suffix), idFileOf(file)]) rmSync(path, { force: true })
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync()
  await handle.close()
}
