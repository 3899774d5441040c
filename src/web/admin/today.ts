import type { RequestHandler } from 'express'
import { progressOf } from '../../digests/issue/progress.ts'
import { issueHeads, runningIssueIds } from '../../digests/issue/running.ts'
import { noticesIn } from '../../digests/notices/told-notices.ts'
import { type Upcoming, upcomingSlots } from '../../digests/schedule/upcoming.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { currentReaders, type ReaderCounts } from '../../subscribers/reader-counts.ts'
import { findAttention } from './attention.ts'
import { backupAttention, backupWords } from './backup-age.ts'
import { deskLanguage } from './desk-language.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { earlierValues } from './earlier-overview.ts'
import { firstSteps } from './first-steps.ts'
import { issueHref, issueTitle, progressValues } from './issue-view.ts'
import { readersOverTime } from './reader-charts.ts'

/** What needs attention, what is being sent, what comes next, and who reads: in this order. A new installation begins with four steps. */
export function showToday(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const publication = desk.publication()
    const now = desk.clock.now()
    const notices = await noticesIn(desk.digests, deskLanguage())
    const warnings = (await desk.warnings?.()) ?? []
    const counts = await currentReaders(desk.subscribers)
    const upcoming = await upcomingSlots(desk.digests)
    const checkedAt = desk.lastCheckAt?.() ?? now
    const backup = await desk.lastBackup?.()
    await sendDeskPage(
      desk,
      response,
      'overview',
      { title: words(desk, 'rail.today'), place: 'today' },
      {
        now: fullTime(publication, now),
        timezone: publication.timezone,
        steps: await firstSteps(desk, counts),
        attention: [...(await findAttention(desk, response, notices, warnings)), ...backupAttention(desk, response, backup)],
        backup: backupWords(desk, backup),
        checked_at: shortTime(publication, checkedAt),
        running: await runningValues(desk),
        most_running: maxRunning,
        next: upcoming.map((one) => nextValues(desk, one, counts)),
        readers: await readersOverTime(desk, counts, now),
        ...(await earlierValues(desk, { notices, warnings, upcoming, counts })),
      },
    )
  }
}

/** The issues that are being sent, at most this many; the list of issues has all. */
const maxRunning = 10

async function runningValues(desk: DeskContext): Promise<object[]> {
  const ids = (await runningIssueIds(desk.digests)).slice(0, maxRunning)
  const heads = await issueHeads(desk.digests, ids)
  const all = await progressOf(desk.digests, ids)
  return all.flatMap((progress) => {
    const issue = heads.get(progress.id)
    if (!issue) return []
    const { live, state, sentence, rate, settled, all: total } = progressValues(desk, progress)
    return [{ live, name: issueTitle(desk, issue), state, href: issueHref(desk, issue.id), sentence, rate, settled, all: total }]
  })
}

function nextValues(desk: DeskContext, { definition, slot, articles }: Upcoming, counts: ReaderCounts | undefined) {
  const publication = desk.publication()
  const count = articles.length
  const first = articles[0]?.title ?? ''
  return {
    title: definition.title,
    href: localPath(publication, paths.adminDigest(definition.name)),
    slot: slot ? shortTime(publication, slot) : words(desk, 'today.next.on_publish'),
    schedule: describeSchedule(definition, deskLanguage(), desk.messages),
    carries: words(desk, 'today.next.carries', { count, first, more: count - 1 }),
    has_articles: count > 0,
    is_held: slot !== undefined && definition.hold !== undefined,
    readers: counts ? words(desk, 'today.next.readers', { count: counts.of.get(definition.name) ?? 0 }) : '',
  }
}
