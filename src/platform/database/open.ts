import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Log, logWarning } from '../log.ts'
import type { Database } from './database.ts'
import { guardTransactions } from './transaction-guard.ts'

/** Opens what `address` names: `postgres://…` or the path of a file, whose folder is made. Throws with a clear sentence. */
export async function openDatabase(address: string, log: Log): Promise<Database> {
  if (/^postgres(ql)?:/.test(address)) {
    const { openPostgres } = await import('./postgres.ts')
    return guardTransactions(openPostgres(address, (error) => logWarning(log, error, 'a connection to PostgreSQL was lost')))
  }
  await makeFolder(dirname(address)).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`DATA_DIR: the folder ${dirname(address)} cannot be made (${error.code})`, { cause: error })
  })
  const { openSqlite } = await import('./sqlite.ts')
  try {
    return guardTransactions(openSqlite(address))
  } catch (error) {
    throw new Error(`DATA_DIR: the database file ${address} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

/** As `recursive` does, which never ends where a folder that is there answers that it is not, as `/proc` does (Node 24). */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await isFolder(folder))) return
    if (code !== 'ENOENT' || (await isFolder(dirname(folder)))) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder, { mode: 0o700 })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
