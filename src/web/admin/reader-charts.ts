import { feedReadersSince } from '../../feeds/reader-counts.ts'
import { longDate } from '../../publication/format-date.ts'
import { type ReaderCounts, readersSince } from '../../subscribers/reader-counts.ts'
import { type Chart, chartHeight, chartOf, chartWidth, type DayCount } from './chart.ts'
import { type DeskContext, words } from './desk-page.ts'
import { inNumbers } from './issue-view.ts'

const dayMs = 86_400_000
/** What a chart shows, and what a reader of it can compare. */
const daysShown = 90
const daysOfChange = 7

/** Readers by mail and by feed, with their last 90 days: two values for the template, each with a chart and its numbers as a table. */
export async function readersOverTime(desk: DeskContext, counts: ReaderCounts | undefined, now: Date): Promise<object[]> {
  const first = new Date(now.getTime() - (daysShown - 1) * dayMs)
  const today = dayOf(now)
  const stored = await readersSince(desk.subscribers, first)
  const byMail = counts ? withToday(stored, today, counts.all) : stored
  const feeds = await desk.readership.claimed()
  const byFeed = withToday(
    await feedReadersSince(desk.digests, first),
    today,
    feeds.reduce((sum, { readers }) => sum + readers, 0),
  )
  return [
    { ...series(desk, 'mail', byMail, now), rows_of_today: [] },
    {
      ...series(desk, 'feed', byFeed, now),
      rows_of_today: feeds.map(({ feed, fetcher, readers }) => ({ feed, fetcher, readers: inNumbers(desk, readers) })),
    },
  ]
}

function series(desk: DeskContext, kind: 'mail' | 'feed', counts: readonly DayCount[], now: Date) {
  const last = counts.at(-1)
  return {
    kind,
    count: inNumbers(desk, last?.readers ?? 0),
    has_count: last !== undefined,
    label: kind === 'mail' ? words(desk, 'today.readers.mail') : words(desk, 'today.readers.feed'),
    change: changeOf(desk, counts, now),
    since: sinceOf(desk, counts),
    chart: chartValues(desk, kind, counts, now),
    days: counts
      .toReversed()
      .map(({ day, readers }) => ({ day: longDate(dayPlace(desk), dateOf(day)), readers: inNumbers(desk, readers) })),
  }
}

function sinceOf(desk: DeskContext, counts: readonly DayCount[]): string {
  const [first] = counts
  if (!first) return ''
  const day = longDate(dayPlace(desk), dateOf(first.day))
  return counts.length < 2 ? words(desk, 'today.readers.begins', { day }) : words(desk, 'today.readers.since', { day })
}

/** The chart begins with the first day that was counted, so that it is not empty for weeks. */
function chartValues(desk: DeskContext, kind: string, counts: readonly DayCount[], now: Date): object | null {
  const [first] = counts
  const last = counts.at(-1)
  const chart: Chart | undefined = first && chartOf(counts, first.day, dayOf(now))
  if (!first || !last || !chart) return null
  const place = dayPlace(desk)
  const values = {
    from: longDate(place, dateOf(first.day)),
    to: longDate(place, dateOf(last.day)),
    first: first.readers,
    last: last.readers,
  }
  return {
    ...chart,
    width: chartWidth,
    height: chartHeight,
    label: kind === 'mail' ? words(desk, 'today.readers.mail.chart', values) : words(desk, 'today.readers.feed.chart', values),
    from: values.from,
    to: values.to,
    count_from: inNumbers(desk, first.readers),
    count_to: inNumbers(desk, last.readers),
  }
}

/** Since the last count that is a week old or older; '' while there is none. */
function changeOf(desk: DeskContext, counts: readonly DayCount[], now: Date): string {
  const weekAgo = dayOf(new Date(now.getTime() - daysOfChange * dayMs))
  const before = counts.findLast(({ day }) => day <= weekAgo)
  const last = counts.at(-1)
  return before && last ? words(desk, 'today.readers.change', { change: last.readers - before.readers, days: daysOfChange }) : ''
}

/** The stored count of today may be minutes old. */
function withToday(counts: readonly DayCount[], today: string, readers: number): DayCount[] {
  return [...counts.filter(({ day }) => day < today), { day: today, readers }]
}

/** Counted days are those of UTC. */
function dayPlace(desk: DeskContext) {
  return { language: desk.publication().language, timezone: 'UTC' }
}

function dateOf(day: string): Date {
  return new Date(`${day}T12:00:00Z`)
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
