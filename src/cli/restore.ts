import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { restoreBackup } from '../backups/restore.ts'
import { withoutCredentials } from '../platform/database/database-url.ts'
import { isPostgres } from '../platform/database/open.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { backupsContextOf } from './backups-context.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'

export const restoreCommand: AddCommand = (program, context) => {
  program
    .command('restore <file>')
    .description('put a backup in the place of the database, which is moved aside; the server must be stopped')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('restore copy.sqlite'))
    .action(async (file: string, options: { json?: true }) => {
      const backups = backupsContextOf(context)
      const from = resolve(context.folder, file)
      if (!existsSync(from) || !statSync(from).isFile()) throw new StartFailure([`there is no backup ${from}`])
      const { aside, erased } = await restoreBackup(backups, from).catch((error: Error) => {
        throw new StartFailure([`cannot restore ${from}: ${error.message}`], { cause: error })
      })
      const database = withoutCredentials(backups.databaseAddress)
      if (options.json) return context.say(`${JSON.stringify({ file: from, database, aside: aside ?? null, erased })}\n`)
      const lines = [
        `${database} is now a copy of ${from}.`,
        ...(aside === undefined ? [] : [describeAside(aside, isPostgres(backups.databaseAddress))]),
        `Erased again, because they were erased after the backup was made: ${erased}.`,
        'A server that is started now sends nothing until you run: broadsheet sending --release',
      ]
      context.say(`${lines.join('\n')}\n`)
    })
}

function describeAside(aside: string, isSchema: boolean): string {
  if (!isSchema) return `The database before it is kept as ${aside}. Delete it when you no longer need it.`
  return `The database before it is kept in the schema ${aside}. When you no longer need it: DROP SCHEMA ${aside} CASCADE`
}
