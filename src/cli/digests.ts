import { digestsJson } from '../digests/issue/digest-json.ts'
import { holdNextIssue, releaseNextIssue } from '../digests/issue/hold-next.ts'
import { byCommandLine } from '../platform/actor.ts'
import { countReaders } from '../subscribers/readers.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { digestNamed } from './preview.ts'
import { withApp } from './with-app.ts'

interface Json {
  readonly json?: true
}

export const digestsCommand: AddCommand = (program, context) => {
  const digests = program.command('digests').description('list the digests, and hold the next issue of one')
  digests
    .command('list', { isDefault: true })
    .description('list the digests with next slot, last issue and readers')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('digests'))
    .action(async (options: Json) => {
      await withApp(context, async (app) => {
        const items = await digestsJson(app.digests, await countReaders(app.subscribers))
        if (options.json) return context.say(`${JSON.stringify({ items, next: null })}\n`)
        if (items.length === 0) context.say('publication.yaml has no digests.\n')
        for (const { name, schedule, next_slot, next_held, last_issue, readers } of items) {
          const next = next_slot === null ? schedule : `next ${next_slot}`
          const last = last_issue === null ? 'no issue yet' : `last No. ${last_issue.number}, ${last_issue.state}`
          context.say(`${name}  ${next}${next_held ? ', held' : ''}  ${last}  ${readers} ${readers === 1 ? 'reader' : 'readers'}\n`)
        }
      })
    })
  digests
    .command('hold <digest>')
    .description('hold the next scheduled issue until it is approved')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('digests hold weekly'))
    .action(async (name: string, options: Json) => {
      await withApp(context, async (app) => {
        await holdNextIssue(app.digests, digestNamed(app, name), byCommandLine)
        context.say(options.json ? '{"held":true}\n' : `The next issue of ${name} waits until you approve it.\n`)
      })
    })
  digests
    .command('release <digest>')
    .description('let the next scheduled issue go as the settings say')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('digests release weekly'))
    .action(async (name: string, options: Json) => {
      await withApp(context, async (app) => {
        await releaseNextIssue(app.digests, digestNamed(app, name).name, byCommandLine)
        context.say(options.json ? '{"held":false}\n' : `The next issue of ${name} goes as the settings say.\n`)
      })
    })
}
