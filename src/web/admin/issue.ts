import type { RequestHandler } from 'express'
import { renderEdition } from '../../digests/edition/edition.ts'
import { samplePlaceholderValues } from '../../digests/edition/placeholders.ts'
import { archivedIssue } from '../../digests/issue/archive.ts'
import { type CountedIssue, findIssue } from '../../digests/issue/issues.ts'
import { isRunning, progressOf } from '../../digests/issue/progress.ts'
import { followedIn } from '../../digests/link-counts/link-counts.ts'
import { countUndecided, readReplies } from '../../outbox/survey.ts'
import { inScheme, messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import { fillPlaceholders } from '../../platform/placeholders.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, reasonWords, sendDeskPage, words } from './desk-page.ts'
import { deedOf } from './issue-actions.ts'
import {
  causeRows,
  domainRows,
  exampleIds,
  failureRows,
  inNumbers,
  issueHref,
  issueTitle,
  laterSentence,
  progressValues,
  sendUnknownIssue,
  stateName,
} from './issue-view.ts'
import { maskedFor } from './signed-in.ts'

/** Counted links that are listed. */
const maxLinks = 50

/** One issue in any state: what became of it, what can be done about it, and the message as its readers get it. */
export function showIssue(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const found = await findIssue(desk.digests, request.params.id)
    const [progress] = await progressOf(desk.digests, [request.params.id])
    if (!found || !progress) return sendUnknownIssue(desk, response)
    const { issue, counts } = found
    const publication = desk.publication()
    const href = issueHref(desk, issue.id)
    const mask = (text: string) => maskedFor(response, text)
    const undecided = counts.uncertain > 0 ? await countUndecided(desk.digests.database, issue.id) : 0
    const isPublic = await archivedIssue(desk.digests, issue.id)
    const runs = isRunning(issue.state)
    await sendDeskPage(
      desk,
      response,
      'issue',
      { title: issueTitle(desk, issue, issue.content.digestTitle), place: 'issues' },
      {
        issue: {
          id: issue.id,
          subject: issue.subject,
          state: issue.state,
          state_name: stateName(desk, issue.state),
          article_count: issue.content.articles.length,
          created: shortTime(publication, issue.createdAt),
          finished: issue.finishedAt ? shortTime(publication, issue.finishedAt) : null,
          held_for: issue.hold ? reasonWords(desk, issue.hold.reason) : null,
          released: issue.hold?.releaseAt ? fullTime(publication, issue.hold.releaseAt) : null,
          paused_for: issue.pauseReason === undefined ? null : reasonWords(desk, mask(issue.pauseReason)),
          href,
          public: isPublic ? localPath(publication, paths.issue(issue.id)) : null,
        },
        done: deedOf(desk, request.query.done, issue.state),
        refresh: runs ? href : null,
        seen_at: desk.clock.now().getTime(),
        progress: progressValues(desk, progress),
        waiting: inNumbers(desk, counts.queued),
        failed: counts.failed,
        undecided,
        later: laterSentence(desk, found),
        can_retry: counts.failed > 0 && ['sending', 'paused', 'finished'].includes(issue.state),
        can_cancel: ['preparing', 'held', 'sending', 'paused'].includes(issue.state),
        survey: await surveyValues(desk, found, mask),
        links: await linkValues(desk, issue.id),
        // Without scripts the page of a running issue loads itself again: it must not render the message each time.
        frame: runs ? null : `${href}/frame`,
        sandbox: messageSandbox,
      },
    )
  }
}

async function surveyValues(desk: DeskContext, found: CountedIssue, mask: (text: string) => string) {
  const { survey, isRunning: isCounting } = await desk.digests.surveys.known(found)
  const empty = { is_counting: isCounting, at: null, domains: [], failures: [], causes: [] }
  if (!survey) return empty
  const replies = await readReplies(desk.digests.database, exampleIds(survey))
  return {
    is_counting: isCounting,
    at: shortTime(desk.publication(), survey.at),
    domains: domainRows(desk, survey),
    failures: failureRows(desk, survey, replies, mask),
    causes: causeRows(desk, survey),
  }
}

async function linkValues(desk: DeskContext, issueId: string) {
  const followed = await followedIn(desk.digests, issueId)
  return followed.slice(0, maxLinks).map(({ kind, url, count }) => ({
    kind: words(desk, `issue.links.${kind}`),
    url: url === '' ? null : url,
    count: inNumbers(desk, count),
  }))
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
