import { stat } from 'node:fs/promises'
import { isPostgres } from '../../platform/database/open.ts'
import type { Check } from '../check.ts'
import { advice, fail, ok } from '../line.ts'

/** The database takes a write and can be read. */
export const databaseCheck: Check = {
  id: 'database',
  title: 'Database',
  async run({ database, settings }) {
    const isServer = isPostgres(settings.databaseAddress)
    // The address of a server may hold a password.
    const asked = isServer ? 'a write to PostgreSQL' : `a write to ${settings.databaseAddress}`
    try {
      await database.probe()
    } catch (error) {
      const mend = isServer ? 'Look at the log of PostgreSQL.' : 'Stop the server and restore the last backup: docs/backup-and-restore.md'
      return [fail(asked, (error as Error).message, 'The database cannot be used.', advice(mend))]
    }
    if (isServer) return [ok(asked, 'written')]
    const { size } = await stat(settings.databaseAddress)
    return [ok(asked, `written; ${Math.ceil(size / 1024 / 1024).toLocaleString('en')} MB`)]
  },
}
