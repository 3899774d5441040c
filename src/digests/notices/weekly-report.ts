import { publicationValues } from '../../email/publication-values.ts'
import { listIssueMailings, readCounts } from '../../outbox/delivery-queries.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import { readLaterCounts } from '../../outbox/reports.ts'
import { parseAddress } from '../../platform/email-address.ts'
import { newId } from '../../platform/ids.ts'
import { fullTime, longDate } from '../../publication/format-date.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { growthBetween } from '../../subscribers/growth/growth.ts'
import { currentReaders } from '../../subscribers/reader-counts.ts'
import type { DigestsContext } from '../context.ts'
import { samplePlaceholderValues } from '../edition/placeholders.ts'
import { upcomingSlots } from '../schedule/upcoming.ts'
import { noticeContext } from './notice-text.ts'
import { hasWeeklyReport, insertWeeklyReport } from './weekly-report-store.ts'

const dayMs = 86_400_000
/** Hours of UTC after the start of Monday: the counts of Sunday are complete by then. */
const dueAtHour = 6
const maxComing = 10

/**
 * Mails `admin_email` about the last week, from Monday to Sunday of UTC. Idempotent: a unique row for each week is written with the mail.
 * A report that was missed goes out later in its week; one that is turned on in mid-week waits for Monday. True if one was sent.
 */
export async function sendWeeklyReport(context: DigestsContext, feedReaders: () => Promise<number>): Promise<boolean> {
  const publication = context.publication()
  const address = parseAddress(publication.adminEmail ?? '')
  const now = context.clock.now()
  // The last Monday whose hour has come.
  const monday = mondayOf(new Date(now.getTime() - dueAtHour * 3_600_000))
  if (!publication.hasWeeklyReport || !address) return false
  const week = dayOf(monday)
  if (await hasWeeklyReport(context.database, week)) return false
  if (!(await hasWeeklyReport(context.database, dayOf(new Date(monday.getTime() - 7 * dayMs))))) {
    // It was turned on since then, so the first report is that of the next Monday.
    await insertWeeklyReport(context.database, week, now)
    return false
  }
  const { subject, paragraphs } = await reportText(context, monday, await feedReaders())
  const links = { home: publicUrl(publication, paths.adminReaderGrowth) }
  const email = await context.render({
    template: 'notice',
    values: { publication: publicationValues(publication), subject, paragraphs, links },
  })
  const edition = { from: publication.sender, email, list: undefined }
  const isSent = await context.database.transaction(async (tx) => {
    if (!(await insertWeeklyReport(tx, week, now))) return false
    const recipient = { address: address.email, addressKey: address.key, placeholders: samplePlaceholderValues(context, '') }
    await enqueueEmail(tx, { id: newId(context.clock, context.random), kind: 'notice', list: '' }, edition, recipient, now)
    return true
  })
  if (isSent) context.triggerSender()
  return isSent
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

/** Midnight of UTC of the last Monday, today included. 1970-01-01 was a Thursday. */
function mondayOf(now: Date): Date {
  const day = Math.floor(now.getTime() / dayMs)
  return new Date((day - ((day + 3) % 7)) * dayMs)
}

async function reportText(
  context: DigestsContext,
  monday: Date,
  feed: number,
): Promise<{ readonly subject: string; readonly paragraphs: readonly string[] }> {
  const { publication, words } = noticeContext(context)
  const from = new Date(monday.getTime() - 7 * dayMs)
  const mailings = await listIssueMailings(context.database, from, monday)
  const sums = { sent: 0, bounced: 0, complained: 0 }
  for (const { sent } of (await readCounts(context.database, mailings)).values()) sums.sent += sent
  for (const { bounced, complained } of (await readLaterCounts(context.database, mailings)).values()) {
    sums.bounced += bounced
    sums.complained += complained
  }
  const readers = await currentReaders(context)
  const coming = (await upcomingSlots(context)).flatMap(({ definition, slot, articles }) =>
    slot ? [words('desk.report.coming', { digest: definition.title, time: fullTime(publication, slot), articles: articles.length })] : [],
  )
  const inUtc = { language: publication.language, timezone: 'UTC' }
  return {
    subject: words('desk.report.subject', {
      publication: publication.title,
      from: longDate(inUtc, from),
      to: longDate(inUtc, new Date(monday.getTime() - dayMs)),
    }),
    paragraphs: [
      readers ? words('desk.report.readers', { mail: readers.all, feed }) : words('desk.report.readers_unknown', { feed }),
      words('desk.report.growth', await growthBetween(context, from, monday)),
      words('desk.report.sent', { sent: sums.sent, issues: mailings.length }),
      words('desk.report.bounced', { bounced: sums.bounced, complained: sums.complained }),
      ...(coming.length === 0 ? [words('desk.report.nothing_coming')] : coming.slice(0, maxComing)),
    ],
  }
}
