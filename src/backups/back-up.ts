import { holdSending } from '../outbox/sending-hold.ts'
import { backUp } from '../platform/database/backup.ts'
import { migrate } from '../platform/database/migrate.ts'
import type { BackupsContext } from './context.ts'

/**
 * Writes a database file of all that the database holds, on both engines. A server that starts with it sends nothing until sending is
 * released. Resolves with the time of the copy. `signal` ends it early.
 */
export async function backUpDatabase(
  { databaseAddress, migrations, clock, log }: Pick<BackupsContext, 'databaseAddress' | 'migrations' | 'clock' | 'log'>,
  to: string,
  signal?: AbortSignal,
): Promise<Date> {
  const at = clock.now()
  const reason = `this is a backup of ${at.toISOString()}, and what was sent after it is not recorded in it`
  await backUp(databaseAddress, to, {
    at,
    migrations,
    async mark(copy) {
      await migrate(copy, migrations)
      await copy.transaction((tx) => holdSending(tx, reason, at))
    },
    log,
    signal,
  })
  return at
}
