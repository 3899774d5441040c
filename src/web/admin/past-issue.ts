import type { CountedIssue } from '../../digests/issue/issues.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, words } from './desk-page.ts'

/** A row about an issue in a list: number, date, state, and the counts that are not zero. */
export function pastIssueValues(desk: DeskContext, { issue, counts, later }: CountedIssue) {
  const publication = desk.publication()
  const told = Object.entries({ ...counts, ...later }).filter(([, count]) => count > 0)
  return {
    id: issue.id,
    number: issue.number,
    href: localPath(publication, paths.adminIssue(issue.id)),
    subject: issue.subject,
    date: shortTime(publication, issue.createdAt),
    state: words(desk, `digests.state_${issue.state}`),
    is_held: issue.state === 'held',
    audience: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts: told.map(([state, count]) => words(desk, `digests.count_${state}`, { count })).join(', '),
  }
}
