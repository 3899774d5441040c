import { articleJson } from '../digests/issue/article-json.ts'
import { articleStatuses } from '../digests/issue/article-status.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { readLimit } from './limit-option.ts'
import { withApp } from './with-app.ts'

interface Options {
  readonly limit: string
  readonly after?: string
  readonly json?: true
}

export const articlesCommand: AddCommand = (program, context) => {
  program
    .command('articles')
    .description('list published articles, newest first, and where each is; why shows one')
    .option('--limit <number>', 'number of articles, up to 1000', '50')
    .option('--after <slug>', 'continue after this article')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('articles --limit 10'))
    .action(async (options: Options) => {
      const limit = readLimit(options.limit)
      await withApp(context, async (app) => {
        const { articles } = app.articles.current()
        const start = options.after === undefined ? 0 : articles.findIndex(({ slug }) => slug === options.after) + 1
        if (options.after !== undefined && start === 0) throw new StartFailure([`there is no published article ${options.after}`])
        const shown = articles.slice(start, start + limit)
        const statuses = await articleStatuses(app.digests, shown)
        const items = shown.map((one) => articleJson(one, statuses.get(one.id) ?? []))
        const next = start + limit < articles.length ? (shown.at(-1)?.slug ?? null) : null
        if (options.json) return context.say(`${JSON.stringify({ items, next })}\n`)
        if (items.length === 0) context.say('No published articles.\n')
        for (const { slug, title, published_at, ledger } of items) {
          const places = ledger.map(({ digest, state, issue }) => `${digest} ${issue === null ? state : `No. ${issue}`}`)
          context.say(`${published_at.slice(0, 10)}  ${slug}  ${title}  ${places.join(', ')}\n`)
        }
        if (next !== null) context.say(`More: --after ${next}\n`)
      })
    })
}
