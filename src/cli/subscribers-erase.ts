import { byCommandLine } from '../platform/actor.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { eraseByAddress } from '../subscribers/erase.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

export const subscribersEraseCommand: AddCommand = (program, context) => {
  subscribersProgram(program)
    .command('erase <address>')
    .description('delete everything stored about a reader, and cancel their queued mail')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('subscribers erase ada@example.org'))
    .action(async (email: string, options: { json?: true }) => {
      await withApp(context, async ({ subscribers }) => {
        if (!(await eraseByAddress(subscribers, email, byCommandLine))) throw new StartFailure([`nothing is stored about ${email}`])
        context.say(
          options.json
            ? `${JSON.stringify({ erased: true })}\n`
            : 'Erased. A hash of the address is kept, so that it never gets mail again.\n',
        )
      })
    })
}
