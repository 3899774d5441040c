import type { RequestHandler } from 'express'
import { type IssueState, issueStates } from '../../digests/issue/issue.ts'
import { issuedDigests, pageOfIssueHeads } from '../../digests/issue/issues.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { inNumbers, issueHref, issueTitle, stateName } from './issue-view.ts'

const perPage = 50

/** All issues, newest first, by digest and state. */
export function showIssues(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const publication = desk.publication()
    const digests = await issuedDigests(desk.digests)
    const digest = digests.find((one) => one === request.query.digest)
    const state = issueStates.find((one) => one === request.query.state)
    const before = idOf(request.query.before)
    const found = await pageOfIssueHeads(desk.digests, { limit: perPage + 1, before, digest, state })
    const shown = found.slice(0, perPage)
    const last = found.length > perPage ? shown.at(-1) : undefined
    const path = localPath(publication, paths.adminIssues)
    await sendDeskPage(
      desk,
      response,
      'issues',
      { title: words(desk, 'rail.issues'), place: 'issues' },
      {
        action: path,
        digests: digests.map((name) => ({ name, title: publication.digests.get(name)?.title ?? name, is_chosen: name === digest })),
        states: issueStates.map((name) => ({ name, label: stateName(desk, name), is_chosen: name === state })),
        is_filtered: digest !== undefined || state !== undefined,
        issues: shown.map(({ issue, counts }) => ({
          href: issueHref(desk, issue.id),
          title: issueTitle(desk, issue),
          subject: issue.subject,
          state: issue.state,
          state_name: stateName(desk, issue.state),
          date: shortTime(publication, issue.createdAt),
          sent: inNumbers(desk, counts.sent),
          audience:
            issue.frozenAt === undefined && issue.state !== 'cancelled'
              ? null
              : inNumbers(
                  desk,
                  Object.values(counts).reduce((sum, count) => sum + count, 0),
                ),
          failed: inNumbers(desk, counts.failed),
        })),
        newest: before === undefined ? null : path + queryOf({ digest, state }),
        older: last ? path + queryOf({ digest, state, before: last.issue.id }) : null,
        digests_href: localPath(publication, paths.adminDigests),
      },
    )
  }
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,40}$/.test(value) ? value : undefined
}

function queryOf(values: { digest: string | undefined; state: IssueState | undefined; before?: string }): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value)
  return query.size > 0 ? `?${query}` : ''
}
