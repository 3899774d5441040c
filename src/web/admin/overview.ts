import { relative, sep } from 'node:path'
import type { RequestHandler } from 'express'
import type { ArticleProblem } from '../../articles/article.ts'
import { type CountedIssue, lastIssueOf } from '../../digests/issue/issues.ts'
import { standingNotices } from '../../digests/notices/notices.ts'
import { nextSlot } from '../../digests/schedule/slots.ts'
import { textOf } from '../../platform/finding.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { countReaders } from '../../subscribers/readers.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'

/** Status of every digest, notices, feed readers, and problems with articles. */
export function showOverview(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const publication = desk.publication()
    const { articles, problems } = desk.articles()
    const readers = await countReaders(desk.subscribers)
    const warnings = (await desk.warnings?.()) ?? []
    const now = desk.clock.now()
    const digests = await Promise.all(
      [...publication.digests.values()].map(async (definition) => {
        const next = nextSlot(definition, publication.timezone, now)
        const last = await lastIssueOf(desk.digests, definition.name)
        return {
          title: definition.title,
          href: localPath(desk.publication(), paths.adminDigest(definition.name)),
          rhythm: describeSchedule(definition, publication.language, desk.messages),
          next_slot: next ? fullTime(publication, next) : null,
          readers: readers.get(definition.name) ?? 0,
          last: last ? lastIssueValues(publication, last) : null,
        }
      }),
    )
    await sendDeskPage(
      desk,
      response,
      'overview',
      { title: words(desk, 'rail.today'), place: 'today' },
      {
        notices: (await standingNotices(desk.digests)).map(({ kind, subject, paragraphs, since }) => ({
          kind,
          subject,
          paragraphs,
          since: shortTime(publication, since),
        })),
        warning: warnings.length > 0 ? warnings.join('. ') : null,
        digests,
        subscriptions: digests.reduce((sum, digest) => sum + digest.readers, 0),
        timezone: publication.timezone,
        feed_readers: await desk.readership.claimed(),
        article_count: articles.length,
        articles_folder: articlesFolder(publication),
        problems: problems.map((problem) => problemValues(publication, problem)),
      },
    )
  }
}

function lastIssueValues(publication: Publication, { issue, counts, later }: CountedIssue) {
  const nonZero = Object.entries({ ...counts, ...later }).filter(([, count]) => count > 0)
  return {
    id: issue.id,
    number: issue.number,
    date: shortTime(publication, issue.createdAt),
    state: issue.state,
    counts: nonZero.map(([state, count]) => ({ state: state.replaceAll('_', ' '), count })),
  }
}

/** The same place and reason as `broadsheet check` prints: `articles/tides.md:3: publish_date …`. */
function problemValues(publication: Publication, { severity, path, line, field, reason }: ArticleProblem) {
  const folder = articlesFolder(publication)
  return {
    severity,
    place: [folder === '' ? path : `${folder}/${path}`, line].filter((part) => part !== undefined).join(':'),
    reason: textOf({ field, reason }),
  }
}

function articlesFolder({ contentFolder, articlesFolder }: Publication): string {
  return relative(contentFolder, articlesFolder).split(sep).join('/')
}
