import { pageOfAudit } from '../operators/audit.ts'
import { auditJson } from '../operators/operator-json.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { readLimit } from './limit-option.ts'
import { withApp } from './with-app.ts'

interface Options {
  readonly limit: string
  readonly after?: string
  readonly json?: true
}

export const auditCommand: AddCommand = (program, context) => {
  program
    .command('audit')
    .description('list who did what, latest first')
    .option('--limit <number>', 'number of entries, up to 1000', '50')
    .option('--after <id>', 'continue after this entry')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('audit --limit 10'))
    .action(async (options: Options) => {
      const limit = readLimit(options.limit)
      await withApp(context, async (app) => {
        const found = await pageOfAudit(app.operators, { limit: limit + 1, before: options.after })
        const items = found.slice(0, limit).map(auditJson)
        const next = found.length > limit ? (items.at(-1)?.id ?? null) : null
        if (options.json) return context.say(`${JSON.stringify({ items, next })}\n`)
        if (items.length === 0) context.say('Nothing is recorded yet.\n')
        for (const { at, email, operator, via, action, subject } of items)
          context.say(`${at}  ${email ?? operator ?? via}  ${action}${subject === null ? '' : `  ${subject}`}\n`)
        if (next !== null) context.say(`More: --after ${next}\n`)
      })
    })
}
