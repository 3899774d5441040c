import { join } from 'node:path'
import { findNamed, type Named, whyUnpublished } from '../articles/find.ts'
import { whereaboutsOf } from '../digests/issue/article-status.ts'
import { whyForReader } from '../digests/issue/why.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { Finding } from '../platform/finding.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { Publication } from '../publication/publication.ts'
import type { AddCommand, CommandEdges } from './context.ts'
import { tellFindings } from './finding-formats.ts'
import { withHouse } from './with-app.ts'

export const whyCommand: AddCommand = (program, edges) => {
  program
    .command('why <article> [address]')
    .description('say where an article (a slug, or a file) is: a draft, waiting, in which issue, or left out and why; or for one reader')
    .option('--json', 'as JSON')
    .action(async (name: string, email: string | undefined, options: { json?: true }) => {
      const address = email === undefined ? undefined : parseAddress(email)
      if (email !== undefined && !address) throw new StartFailure([`${email} is not an email address`])
      await withHouse(edges, async (house) => {
        const publication = house.publication.current()
        const named = findNamed(publication, house.articles.current(), name, edges.folder)
        if (!named) throw new StartFailure([`there is no article ${name}, neither by its slug nor as a file`])
        if (named.status !== 'published') return tellUnpublished(edges, publication, named, options)
        const { article } = named
        const whereabouts = address
          ? await whyForReader(house.digests, article, address.key)
          : ((await whereaboutsOf(house.digests, [article])).get(article.id) ?? [])
        if (options.json) return edges.say(`${JSON.stringify({ id: article.id, state: 'published', ledger: whereabouts })}\n`)
        edges.say(`${article.title}\n`)
        for (const one of whereabouts) {
          const { digest, state, issue, reason } = one
          edges.say(`  ${digest}: ${issue === undefined ? state : `in issue ${issue}`}${reason ? `, ${reason}` : ''}\n`)
          if ('reader' in one) edges.say(`    ${address?.email}: ${one.reader}\n`)
        }
      })
    })
}

function tellUnpublished(
  edges: CommandEdges,
  { articlesFolder }: Publication,
  named: Exclude<Named, { status: 'published' }>,
  options: { json?: true },
): void {
  const { status, path } = named
  const findings = (named.status === 'faulty' ? named.problems : []).map(
    ({ severity, path: file, line, field, reason }): Finding => ({ severity, file: join(articlesFolder, file), line, field, reason }),
  )
  if (options.json) {
    const until = named.status === 'waits' ? named.until.toISOString() : null
    const problems = findings.map(({ severity, line, field, reason }) => ({ severity, line, field, reason }))
    edges.say(`${JSON.stringify({ id: null, path, state: status, until, problems, ledger: [] })}\n`)
  } else edges.say(`${path} ${whyUnpublished(named)}\n${tellFindings(findings, 'text', edges.folder)}`)
}
