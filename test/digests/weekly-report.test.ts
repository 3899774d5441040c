import { expect, test } from 'vitest'
import { sendWeeklyReport } from '../../src/digests/notices/weekly-report.ts'
import { countGrowth } from '../../src/subscribers/growth/growth-store.ts'
import { imported } from '../subscribers/import/lists.ts'
import { publicationYaml } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { startWorld } from '../support/world.ts'

test.each<Engine>(['sqlite', 'postgres'])(
  'the weekly report goes out once, on Monday, with the counts of the week before (%s)',
  async (engine) => {
    const publication = `${publicationYaml}weekly_report: true\n`
    await using world = await startWorld({ engine, publication, now: '2026-11-27T09:00:00Z' })
    const { app, clock, receiver } = world
    await imported(world, 'email,digests\na@example.org,weekly\nb@example.org,weekly\n')
    for (let looks = 0; looks < 2; looks++) await countGrowth(app.database)
    // Turned on on a Friday: the first report is that of Monday.
    expect(await sendWeeklyReport(app.digests, async () => 7)).toBe(false)
    clock.advance(3 * 86_400_000 - 4 * 3_600_000)
    // Monday, 05:00: not yet.
    expect(await sendWeeklyReport(app.digests, async () => 7)).toBe(false)
    clock.advance(2 * 3_600_000)
    expect(await sendWeeklyReport(app.digests, async () => 7)).toBe(true)
    expect(await sendWeeklyReport(app.digests, async () => 7)).toBe(false)
    await app.sender.drain()
    const mails = receiver.received.filter(({ to }) => to === 'editor@tide.example.org')
    expect(mails).toHaveLength(1)
    const text = (mails.at(-1)?.mail.text ?? '').replace(/\s+/g, ' ')
    for (const line of [
      'By feed, as feed services claim: 7',
      'Joined: 2. Left: 0.',
      'Sent: 0 messages of no issue',
      'Bounced: 0',
      'Coming: The week',
    ])
      expect(text).toContain(line)
  },
)

test('a weekly report that was missed goes out later in its week, and not for a week before it was turned on', async () => {
  await using world = await startWorld({ publication: `${publicationYaml}weekly_report: true\n`, now: '2026-11-29T09:00:00Z' })
  const { app, clock } = world
  const send = () => sendWeeklyReport(app.digests, async () => 0)
  expect(await send()).toBe(false)
  // The process was down on Monday.
  clock.advance(2 * 86_400_000)
  expect(await send()).toBe(true)
  expect(await send()).toBe(false)
  // It was turned off for two weeks.
  clock.advance(16 * 86_400_000)
  expect(await send()).toBe(false)
  clock.advance(7 * 86_400_000)
  expect(await send()).toBe(true)
})
