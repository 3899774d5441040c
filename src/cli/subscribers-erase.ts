import { StartFailure } from '../platform/start-failure.ts'
import { eraseByAddress } from '../subscribers/erase.ts'
import type { AddCommand } from './context.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

export const subscribersEraseCommand: AddCommand = (program, context) => {
  subscribersProgram(program)
    .command('erase <address>')
    .description('take away all that is stored of a reader, and cancel what is queued for them')
    .option('--json', 'the answer as JSON')
    .action(async (email: string, options: { json?: true }) => {
      await withApp(context, async ({ subscribers }) => {
        if (!(await eraseByAddress(subscribers, email))) throw new StartFailure([`nothing is stored of ${email}`])
        context.say(
          options.json
            ? `${JSON.stringify({ erased: true })}\n`
            : 'Erased. A fingerprint is kept, so that the address gets no mail again.\n',
        )
      })
    })
}
