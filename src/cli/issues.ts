import { issueJson } from '../digests/issue/issue-json.ts'
import { pageOfIssues } from '../digests/issue/issues.ts'
import type { AddCommand } from './context.ts'
import { withApp } from './with-app.ts'

/** The API lists all issues in pages. */
const shown = 50

export const issuesCommand: AddCommand = (program, context) => {
  program
    .command('issues')
    .description(`list the last ${shown} issues with their counts`)
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => {
      await withApp(context, async (app) => {
        const issues = (await pageOfIssues(app.digests, { limit: shown })).map(issueJson)
        if (options.json) return context.say(`${JSON.stringify(issues)}\n`)
        if (issues.length === 0) context.say('No issues yet. To create one: broadsheet send DIGEST\n')
        for (const { digest, number, state, subject, counts } of issues) {
          context.say(`${digest} ${number}  ${state}  ${counts.sent} of ${counts.audience ?? '?'} sent  ${subject}\n`)
        }
      })
    })
}
