import { whereaboutsOf } from '../digests/whereabouts.ts'
import { whyForReader } from '../digests/why.ts'
import { StartFailure } from '../start-failure.ts'
import { parseAddress } from '../subscribers/address.ts'
import type { AddCommand } from './edges.ts'
import { withHouse } from './with-house.ts'

export const whyCommand: AddCommand = (program, edges) => {
  program
    .command('why <article> [address]')
    .description('say where an article is: waiting, in which issue, or left out and why; with an address, also for that reader')
    .option('--json', 'as JSON')
    .action(async (slug: string, email: string | undefined, options: { json?: true }) => {
      const address = email === undefined ? undefined : parseAddress(email)
      if (email !== undefined && !address) throw new StartFailure([`${email} is not an email address`])
      await withHouse(edges, async (house) => {
        const { bySlug, byId } = house.articles.current()
        const article = bySlug.get(slug) ?? byId.get(slug)
        if (!article) throw new StartFailure([`there is no published article ${slug}; broadsheet check says what is wrong with files`])
        const whereabouts = address
          ? await whyForReader(house.digests, article, address.key)
          : ((await whereaboutsOf(house.digests, [article])).get(article.id) ?? [])
        if (options.json) return edges.say(`${JSON.stringify({ id: article.id, ledger: whereabouts })}\n`)
        edges.say(`${article.title}\n`)
        for (const one of whereabouts) {
          const { digest, state, issue, reason } = one
          edges.say(`  ${digest}: ${issue === undefined ? state : `in issue ${issue}`}${reason ? `, ${reason}` : ''}\n`)
          if ('reader' in one) edges.say(`    ${address?.email}: ${one.reader}\n`)
        }
      })
    })
}
