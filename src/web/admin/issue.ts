import type { RequestHandler, Response } from 'express'
import { renderEdition } from '../../digests/edition/edition.ts'
import { samplePlaceholderValues } from '../../digests/edition/placeholders.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { inScheme, messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import { fillPlaceholders } from '../../platform/placeholders.ts'
import { fullTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage } from './desk-page.ts'

/** One issue in any state, as its readers get it. A held issue has no public page. */
export function showIssue(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const found = await findIssue(desk.digests, request.params.id)
    if (!found) return sendUnknownIssue(desk, response)
    const { issue } = found
    const publication = desk.publication()
    const title = publication.digests.get(issue.digest)?.title ?? issue.content.digestTitle
    await sendDeskPage(
      desk,
      response,
      'issue',
      { title: `${title}, No. ${issue.number}`, place: 'issues' },
      {
        issue: {
          id: issue.id,
          subject: issue.subject,
          state: issue.state,
          article_count: issue.content.articles.length,
          held_for: issue.hold?.reason ?? null,
          released: issue.hold?.releaseAt ? fullTime(publication, issue.hold.releaseAt) : null,
        },
        frame: `${localPath(publication, paths.adminIssue(issue.id))}/frame`,
        sandbox: messageSandbox,
      },
    )
  }
}

/** The HTML part alone, for the frame of its page. */
export function showIssueFrame(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const found = await findIssue(desk.digests, request.params.id)
    if (!found) return sendUnknownIssue(desk, response)
    const { issue } = found
    const { email } = await renderEdition(desk.digests, issue, issue.content, issue.content.articles)
    const values = samplePlaceholderValues(desk.digests, issue.digest)
    response.set('Content-Security-Policy', messagePolicy({ pictures: true }))
    response.type('html').send(
      withBlankTarget(
        inScheme(
          fillPlaceholders(email.html, (name) => values[name] ?? ''),
          'light',
        ),
      ),
    )
  }
}

async function sendUnknownIssue(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  await sendDeskPage(desk, response, 'message', { title: 'Unknown issue', place: 'issues' }, { text: 'There is no issue with this id.' })
}
