import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** `user_version` of a file that has never held a deleted value: it was made with `secure_delete`, or vacuumed since. */
const cleanVersion = 1

/** For a file that was just opened with `secure_delete`: notes that a new one is clean. */
export function noteIfNew(connection: DatabaseSync): void {
  const { tables } = connection.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number }
  if (tables === 0) connection.exec(`PRAGMA user_version = ${cleanVersion}`)
}

/** Whether the file may still hold values that were deleted before `secure_delete` was set. False if there is no file. */
export function needsVacuum(file: string): boolean {
  if (!existsSync(file)) return false
  const connection = new DatabaseSync(file, { readOnly: true })
  try {
    return (connection.prepare('PRAGMA user_version').get() as { user_version: number }).user_version < cleanVersion
  } finally {
    connection.close()
  }
}

/** Rewrites the file without what was deleted, and empties its log. Throws if another process uses the file. */
export function vacuum(file: string): void {
  const connection = new DatabaseSync(file, { timeout: 5_000 })
  try {
    connection.exec('PRAGMA secure_delete = ON')
    connection.exec('VACUUM')
    connection.exec(`PRAGMA user_version = ${cleanVersion}`)
    const { busy } = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    if (busy !== 0) throw new Error('another process uses the database: stop it first')
  } finally {
    connection.close()
  }
}
