import { join } from 'node:path'
import { findNamed, type Named, whyHidden, whyUnpublished } from '../articles/find.ts'
import { articleStatusesWithNotes } from '../digests/issue/article-status.ts'
import { whyForReader } from '../digests/issue/why.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { Finding } from '../platform/finding.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { Publication } from '../publication/publication.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { formatFindings } from './finding-formats.ts'
import { withApp } from './with-app.ts'

export const whyCommand: AddCommand = (program, context) => {
  program
    .command('why <article> [address]')
    .description(
      'show the status of an article (slug or file): draft, hidden, waiting, in which issue, or excluded and why; with an address, for one reader',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('why six-knots-worth-knowing', 'why six-knots-worth-knowing reader@example.org'))
    .action(async (name: string, email: string | undefined, options: { json?: true }) => {
      const address = email === undefined ? undefined : parseAddress(email)
      if (email !== undefined && !address) throw new StartFailure([`${email} is not an email address`])
      await withApp(context, async (app) => {
        const publication = app.publication.current()
        const named = findNamed(publication, app.articles.current(), name, context.folder)
        if (!named) throw new StartFailure([`there is no article ${name}: give a slug or a file`])
        if (named.status !== 'published' && named.status !== 'hidden') return printUnpublished(context, publication, named, options)
        const { article } = named
        const statuses = address
          ? await whyForReader(app.digests, article, address.key)
          : await articleStatusesWithNotes(app.digests, article)
        const { hiding } = named.status === 'hidden' ? named : article
        if (options.json) {
          const state = hiding === undefined ? { state: 'published' } : { state: hiding.kind, reason: hiding.words }
          return context.say(`${JSON.stringify({ id: article.id, ...state, ledger: statuses })}\n`)
        }
        context.say(hiding === undefined ? `${article.title}\n` : `${article.path} ${whyHidden(hiding)}\n`)
        for (const one of statuses) {
          const { digest, state, issue, reason } = one
          context.say(`  ${digest}: ${issue === undefined ? state : `in issue ${issue}`}${reason ? `, ${reason}` : ''}\n`)
          if ('reader' in one) context.say(`    ${address?.email}: ${one.reader}\n`)
        }
      })
    })
}

function printUnpublished(
  context: CommandContext,
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
    context.say(`${JSON.stringify({ id: null, path, state: status, until, problems, ledger: [] })}\n`)
  } else context.say(`${path} ${whyUnpublished(named)}\n${formatFindings(findings, 'text', context.folder)}`)
}
