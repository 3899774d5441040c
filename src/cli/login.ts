import { findOperatorByAddress } from '../operators/operators.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { paths, publicUrl } from '../publication/urls.ts'
import type { AddCommand } from './context.ts'
import { withApp } from './with-app.ts'

export const loginCommand: AddCommand = (program, context) => {
  program
    .command('login [address]')
    .description('print a new log-in link for the desk; it works once')
    .option('--end-sessions', 'first log out every browser, and end every unused link; with an address: only theirs')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet login                    a link for the owner, as with ADMIN_TOKEN\n  broadsheet login ann@example.org    a link for this operator, for example while mail does not arrive',
    )
    .action(async (address: string | undefined, options: { json?: true; endSessions?: true }) => {
      await withApp(context, async (app) => {
        const operator = address === undefined ? undefined : await findOperatorByAddress(app.operators, address)
        if (address !== undefined && !operator)
          throw new StartFailure([`no operator has the address ${address}; to invite one: broadsheet operators invite ADDRESS`])
        if (options.endSessions) await app.access.endAllSessions(operator?.id)
        const token = await app.access.makeLogin({ origin: 'command', ...(operator && { operator: operator.id }) })
        const link = publicUrl(app.publication.current(), paths.adminLoginLink(token))
        context.say(options.json ? `${JSON.stringify({ link })}\n` : `${link}\n`)
      })
    })
}
