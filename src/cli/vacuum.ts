import { existsSync } from 'node:fs'
import { isPostgres } from '../platform/database/open.ts'
import { vacuum } from '../platform/database/vacuum.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { type AddCommand, configOf } from './context.ts'
import { exampleText } from './example-text.ts'

export const vacuumCommand: AddCommand = (program, context) => {
  program
    .command('vacuum')
    .description('rewrite the database file without what was deleted; stop the server first')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('vacuum'))
    .action(async (options: { json?: true }) => {
      const { databaseAddress } = configOf(context)
      if (isPostgres(databaseAddress)) {
        throw new StartFailure(['vacuum rewrites a database file, and DATABASE_URL is PostgreSQL: use VACUUM FULL in psql'])
      }
      if (!existsSync(databaseAddress)) throw new StartFailure([`there is no database file ${databaseAddress}`])
      try {
        vacuum(databaseAddress)
      } catch (error) {
        throw new StartFailure([`cannot vacuum ${databaseAddress}: ${(error as Error).message}`], { cause: error })
      }
      context.say(
        options.json ? `${JSON.stringify({ file: databaseAddress })}\n` : `${databaseAddress} holds nothing any more that was deleted.\n`,
      )
    })
}
