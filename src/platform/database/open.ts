import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Log, logWarning } from '../log.ts'
import type { Database } from './database.ts'
import { guardTransactions } from './transaction-guard.ts'

/**
 * Opens a `postgres://…` URL, or a database file, whose folder is created. Throws an error that names the setting at fault.
 * `directUrl`: where PostgreSQL's locks are taken; default: `address`.
 */
export async function openDatabase(address: string, log: Log, directUrl?: string): Promise<Database> {
  if (isPostgres(address)) {
    const { openPostgres } = await import('./postgres.ts')
    return guardTransactions(
      openPostgres({ url: address, directUrl }, (error) => logWarning(log, error, 'a connection to PostgreSQL was lost')),
    )
  }
  await createFolder(dirname(address)).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`DATA_DIR: cannot create the folder ${dirname(address)} (${error.code})`, { cause: error })
  })
  const [{ openSqlite }, { checkLogBelongs }] = await Promise.all([import('./sqlite.ts'), import('./database-id.ts')])
  try {
    await checkLogBelongs(address)
    return guardTransactions(openSqlite(address))
  } catch (error) {
    throw new Error(`DATA_DIR: the database file ${address} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

/** Whether a database address is a `postgres://…` URL. Otherwise it is the path of a file. */
export function isPostgres(address: string): boolean {
  return /^postgres(ql)?:/.test(address)
}

/** Like `recursive: true`, which never returns below folders such as `/proc` that answer ENOENT although they exist (Node 24). */
async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await isFolder(folder))) return
    if (code !== 'ENOENT' || (await isFolder(dirname(folder)))) throw error
    await createFolder(dirname(folder))
    await mkdir(folder, { mode: 0o700 })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
