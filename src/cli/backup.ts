import { resolve } from 'node:path'
import { migrations } from '../app/core.ts'
import { holdSending } from '../outbox/sending-hold.ts'
import { backUp } from '../platform/database/backup.ts'
import { migrate } from '../platform/database/migrate.ts'
import { isPostgres } from '../platform/database/open.ts'
import { openLog } from '../platform/log.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { type AddCommand, configOf } from './context.ts'

export const backupCommand: AddCommand = (program, context) => {
  program
    .command('backup <file>')
    .description('copy the database to a new file; the server may be running')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: { json?: true }) => {
      const { databaseAddress } = configOf(context)
      if (isPostgres(databaseAddress)) {
        throw new StartFailure([
          'backup copies a database file, and DATABASE_URL is PostgreSQL: use pg_dump; before you start from a dump, run: broadsheet sending --hold',
        ])
      }
      const to = resolve(context.folder, file)
      const at = context.clock.now()
      const log = openLog(context.env.LOG_LEVEL ?? 'warn', context.isTerminal)
      await backUp(
        databaseAddress,
        to,
        at,
        async (copy) => {
          await migrate(copy, migrations)
          const reason = `this is a backup of ${at.toISOString()}, and what was sent after it is not recorded in it`
          await copy.transaction((tx) => holdSending(tx, reason, at))
        },
        log,
      )
      if (options.json) return context.say(`${JSON.stringify({ file: to, at: at.toISOString() })}\n`)
      context.say(
        `${to} is a copy of the database. A server that is started with it sends nothing until you run: broadsheet sending --release\n`,
      )
    })
}
