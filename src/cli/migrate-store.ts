import { join } from 'node:path'
import { migrateStore } from '../backups/migrate.ts'
import { readDatabaseUrl, withoutCredentials } from '../platform/database/database-url.ts'
import { isPostgres } from '../platform/database/open.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import { backupsContextOf } from './backups-context.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'

interface MigrateStoreOptions {
  readonly to?: string
  readonly json?: true
}

export const migrateStoreCommand: AddCommand = (program, context) => {
  program
    .command('migrate-store')
    .description('move the database file of DATA_DIR to PostgreSQL; the server must be stopped')
    .option('--to <url>', 'an empty PostgreSQL database; default: DATABASE_URL')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('migrate-store --to postgres://broadsheet@db.example.org/broadsheet'))
    .action(async (options: MigrateStoreOptions) => {
      const backups = backupsContextOf(context)
      const to = targetOf(options, backups.databaseAddress)
      const file = join(backups.dataFolder, 'broadsheet.sqlite')
      let told = ''
      const onRows = (table: string) => {
        if (table === told) return
        told = table
        context.complain(`broadsheet: copying ${table}\n`)
      }
      const { tables, isResumed } = await migrateStore(backups, file, to, onRows).catch((error: Error) => {
        throw new StartFailure([`cannot move ${file}: ${error.message}`], { cause: error })
      })
      const target = withoutCredentials(to)
      if (options.json)
        return context.say(`${JSON.stringify({ file, database: target, resumed: isResumed, tables: Object.fromEntries(tables) })}\n`)
      const rows = [...tables.values()].reduce((sum, one) => sum + one.rows, 0)
      const lines = [
        ...(isResumed ? ['An earlier run had begun. This one went on with it.'] : []),
        `${target} now holds all of ${file}: ${tables.size} tables with ${rows} rows. Both were read and compared.`,
        'The file sends nothing any more, and says where it went. Set DATABASE_URL, and start.',
      ]
      context.say(`${lines.join('\n')}\n`)
    })
}

function targetOf({ to }: MigrateStoreOptions, databaseAddress: string): string {
  if (to === undefined) {
    if (isPostgres(databaseAddress)) return databaseAddress
    throw new Misuse(['migrate-store needs --to postgres://…, or DATABASE_URL'])
  }
  const reading = readDatabaseUrl(to)
  if (!reading.ok) throw new Misuse([`--to ${reading.fault}`])
  return to.trim()
}
