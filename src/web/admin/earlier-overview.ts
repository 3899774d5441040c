import { type CountedIssue, lastIssueOf } from '../../digests/issue/issues.ts'
import type { Notice } from '../../digests/notices/notices.ts'
import type { Upcoming } from '../../digests/schedule/upcoming.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath, paths } from '../../publication/urls.ts'
import type { ReaderCounts } from '../../subscribers/reader-counts.ts'
import { articlesFolder, problemValues } from './attention.ts'
import { deskLanguage } from './desk-language.ts'
import type { DeskContext } from './desk-page.ts'

interface Known {
  readonly notices: readonly Notice[]
  readonly warnings: readonly string[]
  readonly upcoming: readonly Upcoming[]
  readonly counts: ReaderCounts | undefined
}

/** What `admin-overview.liquid` was given before it was the page Today. A copy of it in TEMPLATES_DIR still gets all of it. */
export async function earlierValues(desk: DeskContext, { notices, warnings, upcoming, counts }: Known): Promise<object> {
  const publication = desk.publication()
  const { articles, problems } = desk.articles()
  const digests: object[] = []
  let subscriptions = 0
  for (const definition of publication.digests.values()) {
    const last = await lastIssueOf(desk.digests, definition.name)
    const slot = upcoming.find((one) => one.definition.name === definition.name)?.slot
    const readers = counts?.of.get(definition.name) ?? 0
    subscriptions += readers
    digests.push({
      title: definition.title,
      href: localPath(publication, paths.adminDigest(definition.name)),
      rhythm: describeSchedule(definition, deskLanguage(), desk.messages),
      next_slot: slot ? fullTime(publication, slot) : null,
      readers,
      last: last ? lastIssueValues(publication, last) : null,
    })
  }
  return {
    notices: notices.map(({ kind, subject, paragraphs, since }) => ({
      kind,
      subject,
      paragraphs,
      since: shortTime(publication, since),
    })),
    warning: warnings.length > 0 ? warnings.join('. ') : null,
    digests,
    subscriptions,
    feed_readers: await desk.readership.claimed(),
    article_count: articles.length,
    articles_folder: articlesFolder(publication),
    problems: problems.map((problem) => problemValues(publication, problem)),
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
