import { paths, publicUrl } from '../publication/urls.ts'
import type { AddCommand } from './context.ts'
import { withApp } from './with-app.ts'

export const loginCommand: AddCommand = (program, context) => {
  program
    .command('login')
    .description('print a new log-in link for the desk; it works once')
    .option('--end-sessions', 'first log out every browser, and end every unused link')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true; endSessions?: true }) => {
      await withApp(context, async (app) => {
        if (options.endSessions) await app.access.endAllSessions()
        const link = publicUrl(app.publication.current(), paths.adminLoginLink(await app.access.makeLogin()))
        context.say(options.json ? `${JSON.stringify({ link })}\n` : `${link}\n`)
      })
    })
}
