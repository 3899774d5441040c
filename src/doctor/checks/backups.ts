import { lastBackup } from '../../backups/last-backup.ts'
import type { Check } from '../check.ts'
import { advice, fail, ok, warn } from '../line.ts'

const hourMs = 3_600_000
const megabyte = 1024 * 1024

/** The last scheduled backup was made in time. */
export const backupsCheck: Check = {
  id: 'backups',
  title: 'Backups',
  async run({ settings, database, publication, now }) {
    const last = await lastBackup({ database, settings: settings.backups, publication: () => publication, clock: { now: () => now } })
    if (!last) return [ok('scheduled backups', 'off: BACKUP_DIR is not set')]
    const { folder, finished, ageMs = 0, failure, isLate } = last
    const asked = `the last backup in ${folder}`
    const hours = Math.floor(ageMs / hourMs)
    const age = hours === 0 ? 'less than an hour' : `${hours.toLocaleString('en')} ${hours === 1 ? 'hour' : 'hours'}`
    const answered = finished ? `${age} old; ${Math.ceil(finished.bytes / megabyte).toLocaleString('en')} MB` : 'none'
    if (failure) {
      const mend = advice('Mend that: it is tried again every 15 minutes. broadsheet backup FILE makes one now.')
      return [fail(asked, answered, `The last scheduled backup failed: ${failure.reason}`, mend)]
    }
    if (isLate) return [warn(asked, answered, 'The last scheduled backup is missing.', advice('See if a server with BACKUP_DIR runs.'))]
    return [ok(asked, answered)]
  },
}
