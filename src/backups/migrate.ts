import { join } from 'node:path'
import { readSendingHold, releaseSending, setSendingHold } from '../outbox/sending-hold.ts'
import type { Queries } from '../platform/database/database.ts'
import { withoutCredentials } from '../platform/database/database-url.ts'
import { type Moved, moveToPostgres } from '../platform/database/move-to-postgres.ts'
import { erasedFileName, readErasures } from '../subscribers/erased-file.ts'
import { noteErasures } from '../subscribers/erasures.ts'
import type { BackupsContext } from './context.ts'

/** How the reason of the hold begins that marks a file as moved. */
const marked = 'this database was moved to '
/** Before the reason of an earlier hold, which the mark carries. */
const earlier = '; held before that: '

/**
 * Moves the database file of DATA_DIR to an empty PostgreSQL database. Afterwards the file sends nothing, and says where it went. Throws if a
 * server runs. A run that was killed is continued by the next one.
 */
export function migrateStore(
  { dataFolder, migrations, clock, log }: Pick<BackupsContext, 'dataFolder' | 'migrations' | 'clock' | 'log'>,
  file: string,
  to: string,
  onRows: (table: string, rows: number) => void,
): Promise<Moved> {
  const mark = `${marked}${withoutCredentials(to)} on ${clock.now().toISOString()}: set DATABASE_URL to go on there`
  return moveToPostgres(file, to, {
    migrations,
    prepare: (source) => source.transaction((tx) => noteErasures(tx, readErasures(join(dataFolder, erasedFileName)))),
    isMarked: async (tx) => (await readSendingHold(tx))?.reason.startsWith(marked) === true,
    async mark(tx) {
      const hold = await readSendingHold(tx)
      await setSendingHold(tx, { reason: hold ? `${mark}${earlier}${hold.reason}` : mark, since: hold?.since ?? clock.now() })
    },
    unmark,
    markTable: 'sending_hold',
    onRows,
    log,
  })
}

async function unmark(tx: Queries): Promise<void> {
  const hold = await readSendingHold(tx)
  if (!hold?.reason.startsWith(marked)) return
  const at = hold.reason.indexOf(earlier)
  if (at < 0) await releaseSending(tx)
  else await setSendingHold(tx, { ...hold, reason: hold.reason.slice(at + earlier.length) })
}
