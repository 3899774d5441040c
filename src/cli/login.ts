import { paths, publicUrl } from '../publication/urls.ts'
import type { AddCommand } from './context.ts'
import { withHouse } from './with-app.ts'

export const loginCommand: AddCommand = (program, edges) => {
  program
    .command('login')
    .description('print a fresh link to the desk, which works once')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => {
      await withHouse(edges, async (house) => {
        const link = publicUrl(house.publication.current(), paths.adminLoginLink(await house.access.makeLogin()))
        edges.say(options.json ? `${JSON.stringify({ link })}\n` : `${link}\n`)
      })
    })
}
