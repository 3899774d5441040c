import { describe, expect, test } from 'vitest'
import { issueJson } from '../../src/digests/issue/issue-json.ts'
import { listIssues } from '../../src/digests/issue/issue-store.ts'
import { findIssue } from '../../src/digests/issue/issues.ts'
import { type ScheduleWorld, startSchedule } from './schedule-world.ts'

const daily = (expression: string, more = '') => `  daily: { title: The day, schedule: "${expression}"${more} }`

async function subjects({ context }: ScheduleWorld): Promise<string[]> {
  const issues = await listIssues(context.database, { limit: 100 })
  return issues.map(({ subject }) => subject).reverse()
}

interface Row {
  readonly what: string
  readonly zone: string
  readonly expression: string
  /** Times in UTC. At each, a new article appears and due work runs. */
  readonly runsAt: readonly string[]
  readonly slots: readonly string[]
}

/** 29 March and 25 October in London, 8 March and 1 November in New York, 4 October and 5 April (half an hour) on Lord Howe, 6 September and 5 April (at midnight) in Santiago. */
const changes: readonly Row[] = [
  {
    what: 'London goes forward: eight o’clock stays eight o’clock',
    zone: 'Europe/London',
    expression: '0 8 * * *',
    runsAt: ['2026-03-28T08:00:20Z', '2026-03-29T07:00:20Z', '2026-03-30T07:00:20Z'],
    slots: ['2026-03-28 08:00 issued', '2026-03-29 07:00 issued', '2026-03-30 07:00 issued'],
  },
  {
    what: 'London goes back: eight o’clock stays eight o’clock',
    zone: 'Europe/London',
    expression: '0 8 * * *',
    runsAt: ['2026-10-24T07:00:20Z', '2026-10-25T07:00:20Z', '2026-10-25T08:00:20Z', '2026-10-26T08:00:20Z'],
    slots: ['2026-10-24 07:00 issued', '2026-10-25 08:00 issued', '2026-10-26 08:00 issued'],
  },
  {
    what: 'a time inside London’s gap comes when the gap is over, once',
    zone: 'Europe/London',
    expression: '30 1 * * *',
    runsAt: ['2026-03-28T01:30:20Z', '2026-03-29T01:00:20Z', '2026-03-29T01:30:20Z', '2026-03-30T00:30:20Z'],
    slots: ['2026-03-28 01:30 issued', '2026-03-29 01:00 issued', '2026-03-30 00:30 issued'],
  },
  {
    what: 'a time inside London’s overlap comes the first time, once',
    zone: 'Europe/London',
    expression: '30 1 * * *',
    runsAt: ['2026-10-24T00:30:20Z', '2026-10-25T00:30:20Z', '2026-10-25T01:30:20Z', '2026-10-26T01:30:20Z'],
    slots: ['2026-10-24 00:30 issued', '2026-10-25 00:30 issued', '2026-10-26 01:30 issued'],
  },
  {
    what: 'a time inside New York’s gap comes when the gap is over, once',
    zone: 'America/New_York',
    expression: '30 2 * * *',
    runsAt: ['2026-03-07T07:30:20Z', '2026-03-08T07:00:20Z', '2026-03-08T07:30:20Z', '2026-03-09T06:30:20Z'],
    slots: ['2026-03-07 07:30 issued', '2026-03-08 07:00 issued', '2026-03-09 06:30 issued'],
  },
  {
    what: 'a time inside New York’s overlap comes the first time, once',
    zone: 'America/New_York',
    expression: '30 1 * * *',
    runsAt: ['2026-10-31T05:30:20Z', '2026-11-01T05:30:20Z', '2026-11-01T06:30:20Z', '2026-11-02T06:30:20Z'],
    slots: ['2026-10-31 05:30 issued', '2026-11-01 05:30 issued', '2026-11-02 06:30 issued'],
  },
  {
    what: 'an hourly one goes on by the hour while New York’s clocks go back',
    zone: 'America/New_York',
    expression: '0 * * * *',
    runsAt: ['2026-11-01T05:00:20Z', '2026-11-01T06:00:20Z', '2026-11-01T07:00:20Z'],
    slots: ['2026-11-01 05:00 issued', '2026-11-01 06:00 issued', '2026-11-01 07:00 issued'],
  },
  {
    what: 'a time inside Lord Howe’s gap of half an hour comes when it is over',
    zone: 'Australia/Lord_Howe',
    expression: '15 2 * * *',
    runsAt: ['2026-10-02T15:45:20Z', '2026-10-03T15:30:20Z', '2026-10-03T15:45:20Z', '2026-10-04T15:15:20Z'],
    slots: ['2026-10-02 15:45 issued', '2026-10-03 15:30 issued', '2026-10-04 15:15 issued'],
  },
  {
    what: 'a time inside Lord Howe’s overlap of half an hour comes once',
    zone: 'Australia/Lord_Howe',
    expression: '45 1 * * *',
    runsAt: ['2026-04-03T14:45:20Z', '2026-04-04T14:45:20Z', '2026-04-04T15:15:20Z', '2026-04-05T15:15:20Z'],
    slots: ['2026-04-03 14:45 issued', '2026-04-04 14:45 issued', '2026-04-05 15:15 issued'],
  },
  {
    what: 'midnight, which Santiago leaves out in September, comes at one o’clock of that day',
    zone: 'America/Santiago',
    expression: '0 0 * * *',
    runsAt: ['2026-09-05T04:00:20Z', '2026-09-06T04:00:20Z', '2026-09-07T03:00:20Z'],
    slots: ['2026-09-05 04:00 issued', '2026-09-06 04:00 issued', '2026-09-07 03:00 issued'],
  },
  {
    what: 'half past eleven, which Santiago has twice in April, comes the first time, on the right day',
    zone: 'America/Santiago',
    expression: '30 23 * * *',
    runsAt: ['2026-04-04T02:30:20Z', '2026-04-05T02:30:20Z', '2026-04-05T03:30:20Z', '2026-04-06T03:30:20Z'],
    slots: ['2026-04-04 02:30 issued', '2026-04-05 02:30 issued', '2026-04-06 03:30 issued'],
  },
]

describe('slots that are issued, skipped and missed', () => {
  test.each(changes)('$what', async ({ zone, expression, runsAt, slots }) => {
    const start = new Date(Date.parse(runsAt[0] ?? '') - 3_600_000).toISOString()
    await using world = await startSchedule({ zone, digests: daily(expression), start })
    for (const now of runsAt) await world.withNews(now)
    await world.at(new Date(Date.parse(runsAt.at(-1) ?? '') + 60_000).toISOString())
    expect(await world.slots()).toEqual(slots)
  })

  test('a process asleep for a week records missed slots and issues the current one', async () => {
    await using world = await startSchedule({ zone: 'Europe/London', digests: daily('0 8 * * *'), start: '2026-11-09T07:00:00Z' })
    await world.withNews('2026-11-09T08:00:20Z')
    await world.withNews('2026-11-16T09:30:00Z')
    expect(await world.slots()).toEqual([
      '2026-11-09 08:00 issued',
      ...[10, 11, 12, 13, 14, 15].map((day) => `2026-11-${day} 08:00 missed`),
      '2026-11-16 08:00 issued',
    ])
    expect(await subjects(world)).toEqual(['The day: Article 1', 'The day: Article 2'])
  })

  test('a process that wakes too late for every slot misses them all, and the next issue has their articles', async () => {
    await using world = await startSchedule({ zone: 'Europe/London', digests: daily('0 8 * * *'), start: '2026-11-09T08:00:20Z' })
    await world.withNews('2026-11-12T14:01:00Z')
    await world.at('2026-11-13T08:00:20Z')
    expect(await world.slots()).toEqual([
      '2026-11-10 08:00 missed',
      '2026-11-11 08:00 missed',
      '2026-11-12 08:00 missed',
      '2026-11-13 08:00 issued',
    ])
  })

  test('of several late slots only the last is issued: readers get one issue, not three', async () => {
    await using world = await startSchedule({
      zone: 'UTC',
      digests: daily('0 * * * *', ', allowed_lateness: 3h'),
      start: '2026-11-09T06:30:00Z',
    })
    await world.withNews('2026-11-09T09:10:00Z')
    expect(await world.slots()).toEqual(['2026-11-09 07:00 skipped', '2026-11-09 08:00 skipped', '2026-11-09 09:00 issued'])
  })

  test('a clock that jumps a day ahead and back issues no slot twice and continues normally', async () => {
    await using world = await startSchedule({ zone: 'Europe/London', digests: daily('0 8 * * *'), start: '2026-11-09T07:00:00Z' })
    await world.withNews('2026-11-09T08:00:20Z')
    await world.withNews('2026-11-10T09:00:00Z')
    for (const now of ['2026-11-09T09:00:00Z', '2026-11-10T08:00:20Z', '2026-11-10T09:00:20Z']) await world.withNews(now)
    await world.at('2026-11-11T08:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued', '2026-11-10 08:00 issued', '2026-11-11 08:00 issued'])
    expect(await subjects(world)).toEqual(['The day: Article 1', 'The day: Article 2', 'The day: Article 5'])
  })

  test('a clock that jumps a year ahead and back loses no issue of that year', async () => {
    await using world = await startSchedule({ zone: 'Europe/London', digests: daily('0 8 * * *'), start: '2026-11-09T07:00:00Z' })
    await world.withNews('2026-11-09T08:00:20Z')
    await world.at('2027-11-09T15:00:00Z')
    expect(await world.slots()).toHaveLength(366)
    await world.withNews('2026-11-10T08:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued', '2026-11-10 08:00 issued'])
    await world.withNews('2026-11-11T08:00:20Z')
    expect((await world.slots()).at(-1)).toBe('2026-11-11 08:00 issued')
  })

  test('a digest registered while the clock was a year ahead starts when the clock is back', async () => {
    await using world = await startSchedule({ zone: 'Europe/London', digests: daily('0 8 * * *'), start: '2027-11-09T07:00:00Z' })
    await world.at('2026-11-09T07:00:00Z')
    await world.withNews('2026-11-09T08:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued'])
  })

  test('a changed time zone counts from the edit: nothing is sent at once, and no slot is recorded as missed', async () => {
    await using world = await startSchedule({ zone: 'Europe/London', digests: daily('0 8 * * *'), start: '2026-11-09T07:00:00Z' })
    await world.withNews('2026-11-09T08:00:20Z')
    await world.edit('Asia/Tokyo', daily('0 8 * * *'))
    await world.withNews('2026-11-09T10:00:00Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued'])
    await world.at('2026-11-09T23:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued', '2026-11-09 23:00 issued'])
  })

  test('a digest moved to another day during downtime is not sent on the old day, and the old slot has the reason', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: daily('0 8 * * mon'), start: '2026-11-08T07:00:00Z' })
    await world.edit('UTC', daily('0 8 * * tue'))
    await world.withNews('2026-11-09T08:30:00Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 skipped'])
    await world.at('2026-11-10T08:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 skipped', '2026-11-10 08:00 issued'])
  })

  test('a schedule moved to an earlier hour of today sends nothing at once', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: daily('0 8 * * *'), start: '2026-11-08T09:00:00Z' })
    await world.edit('UTC', daily('0 6 * * *'))
    await world.withNews('2026-11-09T07:00:00Z')
    expect(await world.slots()).toEqual([])
    await world.at('2026-11-10T06:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-10 06:00 issued'])
  })

  test('a renamed digest starts again, and the old name keeps its issues', async () => {
    await using world = await startSchedule({
      zone: 'UTC',
      digests: daily('0 8 * * *', ', max_articles: 1'),
      start: '2026-11-08T09:00:00Z',
    })
    await world.withNews('2026-11-09T08:00:20Z')
    await world.edit('UTC', daily('0 8 * * *', ', max_articles: 1').replace('daily:', 'morning:'))
    await world.withNews('2026-11-09T09:00:00Z')
    await world.at('2026-11-10T08:00:20Z')
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued'])
    expect(await world.slots('morning')).toEqual(['2026-11-10 08:00 issued'])
    expect(await subjects(world)).toEqual(['The day: Article 1', 'The day: Article 2'])
  })

  test('a digest removed and restored continues from its ledger', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: daily('0 8 * * *'), start: '2026-11-08T09:00:00Z' })
    await world.withNews('2026-11-09T08:00:20Z')
    await world.edit('UTC', daily('0 8 * * *').replace('daily:', 'other:'))
    await world.at('2026-11-09T09:00:00Z')
    await world.edit('UTC', daily('0 8 * * *'))
    await world.withNews('2026-11-10T08:00:20Z')
    expect(await subjects(world)).toEqual(['The day: Article 1', 'The day: Article 2'])
  })
})

describe('on_publish', () => {
  const instant = '  instant: { title: As it happens, schedule: on_publish, delay: 15m }'

  test('an article withdrawn within its delay is not sent, and one that stays is sent once', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: instant, start: '2026-11-09T08:00:00Z' })
    const mistake = world.write('2026-11-09T08:01:00Z')
    world.write('2026-11-09T08:01:00Z')
    await world.at('2026-11-09T08:15:59Z')
    expect(await subjects(world)).toEqual([])
    world.withdraw(mistake)
    for (const now of ['2026-11-09T08:16:00Z', '2026-11-09T09:16:00Z', '2026-11-09T08:16:30Z']) await world.at(now)
    expect(await subjects(world)).toEqual(['Article 2'])
  })

  test('a cron digest changed to on_publish sends pending articles; without an earlier issue it excludes existing ones', async () => {
    await using world = await startSchedule({
      zone: 'UTC',
      digests: `${daily('0 8 * * *')}\n  never: { title: Never, schedule: "0 0 1 1 *" }`,
      start: '2026-11-08T09:00:00Z',
    })
    await world.withNews('2026-11-09T08:00:20Z')
    world.write('2026-11-09T08:30:00Z')
    await world.edit('UTC', `${instant.replace('instant', 'daily')}\n${instant.replace('instant', 'never')}`)
    await world.at('2026-11-09T09:00:00Z')
    expect(await subjects(world)).toEqual(['The day: Article 1', 'Article 2'])
  })
})

describe('held issues', () => {
  const issuesOf = async ({ context }: ScheduleWorld) =>
    (await listIssues(context.database, { limit: 9 })).map(({ state, hold }) => [state, hold?.releaseAt?.toISOString()])

  test('an issue is prepared ahead of its slot, held, and sent at its slot', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: daily('0 8 * * *', ', hold: 2h'), start: '2026-11-08T09:00:00Z' })
    world.write('2026-11-08T12:00:00Z')
    await world.at('2026-11-09T05:59:00Z')
    expect(await issuesOf(world)).toEqual([])
    await world.at('2026-11-09T06:00:00Z')
    expect(await issuesOf(world)).toEqual([['held', '2026-11-09T08:00:00.000Z']])
    await world.at('2026-11-09T07:59:00Z')
    expect(await issuesOf(world)).toEqual([['held', '2026-11-09T08:00:00.000Z']])
    for (const now of ['2026-11-09T08:00:00Z', '2026-11-09T08:00:02Z']) await world.at(now)
    expect(await issuesOf(world)).toEqual([['finished', undefined]])
    expect(await world.slots()).toEqual(['2026-11-09 08:00 issued'])
  })

  test('an issue prepared late is held for the full time', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: daily('0 8 * * *', ', hold: 2h'), start: '2026-11-08T09:00:00Z' })
    await world.at('2026-11-09T07:00:00Z')
    await world.withNews('2026-11-09T07:59:00Z')
    expect(await issuesOf(world)).toEqual([['held', '2026-11-09T09:59:00.000Z']])
    await world.withNews('2026-11-10T08:10:00Z')
    expect((await issuesOf(world))[0]).toEqual(['held', '2026-11-10T10:10:00.000Z'])
  })

  test('an issue whose article was withdrawn stays held with the reason', async () => {
    await using world = await startSchedule({ zone: 'UTC', digests: daily('0 8 * * *', ', hold: 2h'), start: '2026-11-08T09:00:00Z' })
    const article = world.write('2026-11-08T12:00:00Z')
    await world.at('2026-11-09T06:00:00Z')
    world.withdraw(article)
    await world.at('2026-11-09T08:00:20Z')
    const [issue] = await listIssues(world.context.database, { limit: 1 })
    const reason = 'it contains articles that were withdrawn: Article 1'
    expect(issue?.hold).toEqual({ reason, releaseAt: undefined })
    const told = await findIssue(world.context, issue?.id ?? '')
    expect(told && issueJson(told).reason).toBe(reason)
  })

  test('an issue held for approval waits until it is approved, also for single articles', async () => {
    const digests = `${daily('0 8 * * *', ', hold: until_approved')}\n  instant: { title: As it happens, schedule: on_publish, hold: until_approved }`
    await using world = await startSchedule({ zone: 'UTC', digests, start: '2026-11-08T09:00:00Z' })
    world.write('2026-11-08T12:00:00Z')
    await world.at('2026-11-09T08:00:20Z')
    await world.at('2026-11-12T07:00:20Z')
    expect(await issuesOf(world)).toEqual([
      ['held', undefined],
      ['held', undefined],
    ])
  })
})
