import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { migrations } from '../app/core.ts'
import { ensureSecret } from '../operators/access.ts'
import { holdSending } from '../outbox/sending-hold.ts'
import { migrate } from '../platform/database/migrate.ts'
import { isPostgres } from '../platform/database/open.ts'
import { restoreDatabase } from '../platform/database/restore.ts'
import { openLog } from '../platform/log.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { tokensKeyedBy } from '../platform/tokens.ts'
import { eraseAgain } from '../subscribers/erase.ts'
import { erasedFileName, readErasures } from '../subscribers/erased-file.ts'
import { type AddCommand, configOf } from './context.ts'

export const restoreCommand: AddCommand = (program, context) => {
  program
    .command('restore <file>')
    .description('put a backup in the place of the database, which is moved aside; the server must be stopped')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: { json?: true }) => {
      const { databaseAddress, dataFolder, secret, previousSecrets } = configOf(context)
      if (isPostgres(databaseAddress)) {
        throw new StartFailure([
          'restore puts a database file in place, and DATABASE_URL is PostgreSQL: use pg_restore; before you start, run: broadsheet sending --hold',
        ])
      }
      const from = resolve(context.folder, file)
      if (!existsSync(from) || !statSync(from).isFile()) throw new StartFailure([`there is no backup ${from}`])
      mkdirSync(dirname(databaseAddress), { recursive: true, mode: 0o700 })
      const { clock, random } = context
      const at = clock.now()
      let erased = 0
      const log = openLog(context.env.LOG_LEVEL ?? 'warn', context.isTerminal)
      const { aside } = await restoreDatabase(from, databaseAddress, {
        at,
        log,
        async mark(database, backupMadeAt) {
          await migrate(database, migrations)
          // A backup carries a hold with its own time, which stays.
          const reason = `the database was restored on ${at.toISOString()}, and what was sent after the copy was made is not recorded in it`
          await database.transaction((tx) => holdSending(tx, reason, at))
          const tokens = tokensKeyedBy(secret ?? (await ensureSecret(database, random)), previousSecrets)
          erased = await eraseAgain({ database, tokens, clock }, readErasures(join(dataFolder, erasedFileName)), backupMadeAt)
        },
      }).catch((error: Error) => {
        throw new StartFailure([`cannot restore ${from}: ${error.message}`], { cause: error })
      })
      if (options.json) return context.say(`${JSON.stringify({ file: from, database: databaseAddress, aside: aside ?? null, erased })}\n`)
      const lines = [
        `${databaseAddress} is now a copy of ${from}.`,
        ...(aside === undefined ? [] : [`The database before it is kept as ${aside}. Delete it when you no longer need it.`]),
        `Erased again, because they were erased after the backup was made: ${erased}.`,
        'A server that is started now sends nothing until you run: broadsheet sending --release',
      ]
      context.say(`${lines.join('\n')}\n`)
    })
}
