import { resolve } from 'node:path'
import { backUpDatabase } from '../backups/back-up.ts'
import { backupsContextOf } from './backups-context.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'

export const backupCommand: AddCommand = (program, context) => {
  program
    .command('backup <file>')
    .description('copy the database to a new database file; the server may be running')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('backup copy.sqlite'))
    .action(async (file: string, options: { json?: true }) => {
      const to = resolve(context.folder, file)
      const at = await backUpDatabase(backupsContextOf(context), to)
      if (options.json) return context.say(`${JSON.stringify({ file: to, at: at.toISOString() })}\n`)
      context.say(
        `${to} is a copy of the database. A server that is started with it sends nothing until you run: broadsheet sending --release\n`,
      )
    })
}
