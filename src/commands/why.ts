import { whereaboutsOf } from '../digests/whereabouts.ts'
import { StartFailure } from '../start-failure.ts'
import type { AddCommand } from './edges.ts'
import { withHouse } from './with-house.ts'

export const whyCommand: AddCommand = (program, edges) => {
  program
    .command('why <article>')
    .description('say where an article is: waiting, in which issue, or left out and why')
    .option('--json', 'as JSON')
    .action(async (slug: string, options: { json?: true }) => {
      await withHouse(edges, async (house) => {
        const { bySlug, byId } = house.articles.current()
        const article = bySlug.get(slug) ?? byId.get(slug)
        if (!article) throw new StartFailure([`there is no published article ${slug}; broadsheet check says what is wrong with files`])
        const whereabouts = (await whereaboutsOf(house.digests, [article])).get(article.id) ?? []
        if (options.json) return edges.say(`${JSON.stringify({ id: article.id, ledger: whereabouts })}\n`)
        edges.say(`${article.title}\n`)
        for (const { digest, state, issue, reason } of whereabouts) {
          edges.say(`  ${digest}: ${issue === undefined ? state : `in issue ${issue}`}${reason ? `, ${reason}` : ''}\n`)
        }
      })
    })
}
