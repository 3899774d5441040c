import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureSecret } from '../operators/access.ts'
import { holdSending } from '../outbox/sending-hold.ts'
import type { Database } from '../platform/database/database.ts'
import { migrate } from '../platform/database/migrate.ts'
import { isPostgres } from '../platform/database/open.ts'
import { restoreDatabase } from '../platform/database/restore.ts'
import { tokensKeyedBy } from '../platform/tokens.ts'
import { eraseAgain } from '../subscribers/erase.ts'
import { appendErasures, type Erasure, erasedFileName, readErasures } from '../subscribers/erased-file.ts'
import { noteErasures, readErasuresIn } from '../subscribers/erasures.ts'
import type { BackupsContext } from './context.ts'

export interface RestoredBackup {
  /** Where the database before it is: a file, or a schema of PostgreSQL. Undefined if there was none. */
  readonly aside: string | undefined
  /** Subscribers who were erased after the backup was made, and are erased again. */
  readonly erased: number
}

/**
 * Puts a backup, which is a database file, in the place of the database of either engine. Sending is held, and whoever was erased after the
 * backup was made is erased again before the backup takes its place. Throws, and changes nothing, if a server is running or the file
 * cannot be used.
 */
export async function restoreBackup(context: BackupsContext, from: string): Promise<RestoredBackup> {
  const { databaseAddress, dataFolder, migrations, clock, log } = context
  const at = clock.now()
  const erasedFile = join(dataFolder, erasedFileName)
  const erasures: Erasure[] = readErasures(erasedFile)
  let erased = 0
  const mark = async (copy: Database, backupMadeAt: Date | undefined) => {
    erased = await bringUpToDate(context, copy, erasures, backupMadeAt, at)
  }
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  if (isPostgres(databaseAddress)) {
    const { restoreIntoPostgres } = await import('../platform/database/restore-postgres.ts')
    const workFile = join(dataFolder, 'restoring.sqlite')
    const readBefore = async (current: Database) => void erasures.push(...(await readErasuresIn(current)))
    const { aside } = await restoreIntoPostgres(from, databaseAddress, { at, migrations, workFile, readBefore, mark, log })
    return { aside, erased }
  }
  mkdirSync(dirname(databaseAddress), { recursive: true, mode: 0o700 })
  const known = new Set(erasures.map(({ addressHash }) => addressHash))
  const { aside } = await restoreDatabase(from, databaseAddress, {
    at,
    log,
    async mark(copy, backupMadeAt) {
      await mark(copy, backupMadeAt)
      // The backup may come from PostgreSQL, whose list is a table.
      appendErasures(
        erasedFile,
        (await readErasuresIn(copy)).filter(({ addressHash }) => !known.has(addressHash)),
      )
    },
  })
  return { aside, erased }
}

async function bringUpToDate(
  { migrations, secret, previousSecrets, clock, random }: BackupsContext,
  copy: Database,
  erasures: readonly Erasure[],
  backupMadeAt: Date | undefined,
  at: Date,
): Promise<number> {
  await migrate(copy, migrations)
  // A backup carries a hold with its own time, which stays.
  const reason = `the database was restored on ${at.toISOString()}, and what was sent after the copy was made is not recorded in it`
  await copy.transaction(async (tx) => {
    await holdSending(tx, reason, at)
    await noteErasures(tx, erasures)
  })
  const tokens = tokensKeyedBy(secret ?? (await ensureSecret(copy, random)), previousSecrets)
  return eraseAgain({ database: copy, tokens, clock }, erasures, backupMadeAt)
}
