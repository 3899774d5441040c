import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '../log.ts'
import type { Database } from './database.ts'

/** Opens what `address` names: `postgres://…` or the path of a file, whose folder is made. Throws with a clear sentence. */
export async function openDatabase(address: string, log: Log): Promise<Database> {
  if (/^postgres(ql)?:/.test(address)) {
    const { openPostgres } = await import('./postgres.ts')
    return openPostgres(address, (error) => log.warn({ reason: error.message }, 'a connection to PostgreSQL was lost'))
  }
  await mkdir(dirname(address), { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`DATA_DIR: the folder ${dirname(address)} cannot be made (${error.code})`, { cause: error })
  })
  const { openSqlite } = await import('./sqlite.ts')
  try {
    return openSqlite(address)
  } catch (error) {
    throw new Error(`DATA_DIR: the database file ${address} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}
