import { once } from 'node:events'
import { chmod, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Log } from '../log.ts'
import { copyTables, verifyCopy } from './copy/copy-tables.ts'
import { tablesOf } from './copy/tables.ts'
import type { Database } from './database.ts'
import { checkLogBelongs, idFileOf, renewId } from './database-id.ts'
import { migrate, readRecorded, refuseNewer } from './migrate.ts'
import type { Migration } from './migration.ts'
import { isPostgres, openDatabase } from './open.ts'
import { sql } from './sql.ts'

/** The files of a backup that is being written. */
const partSuffixes = ['', '-wal', '-shm', '-journal', '.id']

export interface BackupContext {
  readonly at: Date
  readonly migrations: readonly Migration[]
  /** Changes the copy before it gets its name. */
  readonly mark: (copy: Database) => Promise<void>
  readonly log: Log
  /** Ends a copy of PostgreSQL early. That of a file is one statement, which cannot be ended. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Copies a consistent snapshot of a database that may be in use to a database file. Afterwards `to` is complete and synced to disk, or
 * does not exist. Throws if `to` already exists.
 */
export async function backUp(address: string, to: string, { at, migrations, mark, log, signal }: BackupContext): Promise<void> {
  if (await exists(to)) throw new Error(`${to} already exists: a backup never overwrites a file`)
  if (!(await exists(dirname(to)))) throw new Error(`the folder ${dirname(to)} does not exist`)
  if (!isPostgres(address) && !(await exists(address))) throw new Error(`there is no database file ${address} to back up`)
  const part = `${to}.part`
  try {
    for (const suffix of partSuffixes) await rm(part + suffix, { force: true })
    signal?.throwIfAborted()
    if (isPostgres(address)) await copyFromPostgres(address, part, { migrations, log, signal })
    else {
      await checkLogBelongs(address)
      await vacuumInto(address, part)
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

/** In a thread: for a large file it takes minutes, and a server may be answering requests in this one. */
async function vacuumInto(file: string, to: string): Promise<void> {
  const worker = new Worker(new URL('./vacuum-into.ts', import.meta.url), { workerData: { file, to } })
  const [code] = await once(worker, 'exit')
  if (code !== 0) throw new Error(`the copying thread ended with code ${code}`)
}

/**
 * All rows as of one moment, out of one transaction that only reads. The copy gets the migrations that the server has, so that an update
 * may come afterwards.
 */
async function copyFromPostgres(
  url: string,
  to: string,
  { migrations, log, signal }: Pick<BackupContext, 'migrations' | 'log' | 'signal'>,
): Promise<void> {
  const [from, copy] = [await openDatabase(url, log), await openDatabase(to, log)]
  try {
    await from.transaction(async (tx) => {
      await tx.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`)
      await refuseNewer(tx, migrations, 'back it up with that version')
      const recorded = await readRecorded(tx)
      const present = migrations.filter(({ name }) => recorded.has(name))
      await migrate(copy, present)
      const tables = await tablesOf(present)
      await copyTables(tx, copy, { tables, signal })
      await verifyCopy(tx, copy, tables, signal)
    })
  } finally {
    await copy.close()
    await from.close()
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
