import type { RequestHandler } from 'express'
import { archivedIssue, isIndexed, pageOfArchive, publicHtml } from '../../digests/issue/archive.ts'
import type { Issue } from '../../digests/issue/issue.ts'
import { articlesToldHere, publicArticles, publicSubject } from '../../digests/issue/public-issue.ts'
import { messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import { longDate } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { runsRightToLeft } from '../../publication/text-direction.ts'
import { localPath, paths } from '../../publication/urls.ts'
import type { SiteContext } from './context.ts'
import { sendError } from './errors.ts'
import { issueFeedLinks } from './issue-feeds.ts'
import { type Head, sendPage } from './page.ts'
import { itemsOnPage, pageAddress, pageNumber, pageOfList } from './pagination.ts'
import { invitationOf } from './reading.ts'
import { wordsOf } from './words.ts'

/** The archive: sent issues, newest first. */
export function showIssues(site: SiteContext): RequestHandler {
  return async (request, response) => {
    const publication = site.publication()
    const words = wordsOf(site)
    const number = pageNumber(request.query.page)
    const { issues, of: count } = await pageOfArchive(site.digests, { limit: itemsOnPage, offset: ((number ?? 1) - 1) * itemsOnPage })
    const listPage = pageOfList(count, number, localPath(publication, paths.issues))
    if (!listPage) return sendError(site, response, 404)
    const head = {
      title: words('site.issues.title'),
      description: words('site.issues.description', { publication: publication.title }),
      path: pageAddress(paths.issues, listPage.number),
    }
    await sendPage(site, response, 'issues', head, {
      issues: issues.map((issue) => issueValues(publication, issue)),
      count,
      issue_feeds: issueFeedLinks(site),
      leaf: listPage,
      invitation: invitationOf(site),
    })
  }
}

/** One issue as it was sent, in a sandboxed frame that isolates the HTML of articles. */
export function showIssue(site: SiteContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const publication = site.publication()
    const issue = await archivedIssue(site.digests, request.params.id)
    if (!issue) return sendError(site, response, 404)
    const values = issueValues(publication, issue)
    const head: Head = {
      title: issue.subject,
      description: wordsOf(site)('site.issue.description', { digest: values.digest, number: issue.number, date: values.date }),
      path: paths.issue(issue.id),
      ...(isIndexed(site.digests, issue) ? {} : { robots: 'noindex' }),
    }
    if (head.robots !== undefined) response.set('X-Robots-Tag', head.robots)
    await sendPage(site, response, 'issue', head, {
      issue: { ...values, subject: issue.subject },
      frame: localPath(publication, paths.issueMessage(issue.id)),
      sandbox: messageSandbox,
      told: articlesToldHere(issue).map(({ anchor, values: { title, language }, body }) => ({
        anchor,
        title,
        language,
        direction: runsRightToLeft(language) ? 'rtl' : 'ltr',
        html: body,
      })),
    })
  }
}

/** The HTML as sent, without a reader's own values, for the frame of the page. */
export function showIssueMessage(site: SiteContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const issue = await archivedIssue(site.digests, request.params.id)
    const html = issue && (await publicHtml(site.digests, issue))
    if (html === undefined) return sendError(site, response, 404)
    response.set('Content-Security-Policy', messagePolicy()).set('X-Frame-Options', 'SAMEORIGIN')
    response.set('Cache-Control', 'no-cache').set('X-Robots-Tag', 'noindex')
    response.type('html').send(withBlankTarget(html))
  }
}

function issueValues(publication: Publication, issue: Issue) {
  return {
    href: localPath(publication, paths.issue(issue.id)),
    subject: publicSubject(issue, publication.language),
    digest: issue.content.digestTitle,
    number: issue.number,
    date: longDate(publication, issue.createdAt),
    datetime: issue.createdAt.toISOString(),
    ...otherTitles(issue),
  }
}

/** More titles would be hard to scan. */
const titlesShown = 5

/** The other articles of an issue: the subject already names the first. */
function otherTitles(issue: Issue) {
  const articles = publicArticles(issue)
  const others = articles.slice(1).map(({ values }) => values.title)
  return { others: others.slice(0, titlesShown), unnamed: Math.max(0, others.length - titlesShown) }
}
