import { chmod, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Log } from '../log.ts'
import type { Database } from './database.ts'
import { checkLogBelongs, idFileOf, renewId } from './database-id.ts'
import { openDatabase } from './open.ts'

const partSuffixes = ['', '-wal', '-shm', '.id']

/**
 * Copies a consistent snapshot of a database file that may be in use. `mark` changes the copy before it gets its name.
 * Afterwards `to` is complete and synced to disk, or does not exist. Throws if `to` already exists.
 */
export async function backUp(file: string, to: string, at: Date, mark: (copy: Database) => Promise<void>, log: Log): Promise<void> {
  if (await exists(to)) throw new Error(`${to} already exists: a backup never overwrites a file`)
  if (!(await exists(dirname(to)))) throw new Error(`the folder ${dirname(to)} does not exist`)
  if (!(await exists(file))) throw new Error(`there is no database file ${file} to back up`)
  const part = `${to}.part`
  try {
    await checkLogBelongs(file)
    for (const suffix of partSuffixes) await rm(part + suffix, { force: true })
    const source = new DatabaseSync(file, { readOnly: true, timeout: 15_000 })
    try {
      source.prepare('VACUUM INTO ?').run(part)
    } finally {
      source.close()
    }
    await chmod(part, 0o600)
    renewId(part, at)
    const copy = await openDatabase(part, log)
    try {
      await mark(copy)
    } finally {
      await copy.close()
    }
    await rm(idFileOf(part), { force: true })
    await sync(part)
    await rename(part, to)
    await sync(dirname(to))
  } catch (error) {
    for (const suffix of partSuffixes) await rm(part + suffix, { force: true })
    throw new Error(`cannot write the backup ${to}: ${(error as Error).message}`, { cause: error })
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync()
  await handle.close()
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
