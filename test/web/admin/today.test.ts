import { describe, expect, test } from 'vitest'
import { startDailyCounts } from '../../../src/app/daily-counts.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { pauseIssue } from '../../../src/digests/issue/issue-actions.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { holdSending } from '../../../src/outbox/sending-hold.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText } from '../../support/content.ts'
import { insertReaders } from '../../support/readers.ts'
import { becomeReader, type World } from '../../support/world.ts'
import { startDesk } from './operator.ts'

describe.each(['sqlite', 'postgres'] as const)('Today on %s', (engine) => {
  test('what needs attention leads to the page where it is dealt with', async () => {
    await using desk = await startDesk({
      engine,
      articles: { 'tides.md': articleText({ title: 'Tides' }), 'bad.md': articleText({ date: '2026-13-40' }) },
    })
    const session = await desk.logIn()
    await becomeReader(desk.world, 'mara@example.org', ['weekly'])
    const id = await issueOf(desk.world)
    await pauseIssue(desk.world.app.digests, id, { reason: 'the relay refused us at mara@example.org' })
    await runDue(desk.world.app.digests)
    const { body, words } = await desk.get('/admin', session)
    expect(words).toContain('The week No. 1 is paused')
    expect(words).toContain('Nothing more is handed over: the relay refused us at mara@example.org')
    expect(body).toMatch(new RegExp(`href="/admin/issues/${id}">Open<`))
    expect(words).toMatch(/articles\/bad\.md:7: publish_date /)
    expect(body).toMatch(/href="\/admin\/articles">Show</)
    expect(words).not.toContain('All is well.')
  })

  test('the head says how old the last scheduled backup is, and one that failed needs attention', async () => {
    await using desk = await startDesk({ engine, backups: { folder: '/backups', schedule: '0 3 * * *', keep: 7 } })
    const { app, clock } = desk.world
    const session = await desk.logIn()
    expect((await desk.get('/admin', session)).words).toMatch(/There is no backup yet\..*The last scheduled backup is missing/s)
    const madeAt = clock.now().getTime() - 5.5 * 3_600_000
    await app.database.run(
      sql`INSERT INTO scheduled_backups (slot, file, bytes, finished_at) VALUES (${clock.now().getTime()}, 'f', 1, ${madeAt})`,
    )
    const { words } = await desk.get('/admin', session)
    expect(words).toContain('The last backup is 5 hours old.')
    expect(words).not.toContain('scheduled backup')
    await app.database.run(
      sql`INSERT INTO scheduled_backups (slot, failed_at, reason) VALUES (${clock.now().getTime() + 1}, ${clock.now().getTime()}, 'no space left')`,
    )
    expect((await desk.get('/admin', session)).words).toMatch(/The last scheduled backup failed .*no space left/s)
  })

  test('an uncertain delivery is shown until the operator has decided', async () => {
    await using desk = await startDesk({ engine, articles: { 'tides.md': articleText() } })
    const { app } = desk.world
    const session = await desk.logIn()
    await becomeReader(desk.world, 'mara@example.org', ['weekly'])
    const id = await issueOf(desk.world)
    await app.sender.drain()
    await app.database.run(sql`UPDATE deliveries SET state = 'uncertain' WHERE mailing_id = ${id}`)
    const { words, body } = await desk.get('/admin', session)
    expect(words).toContain('The week, No. 1: 1 delivery is uncertain')
    expect(body).toMatch(new RegExp(`href="/admin/issues/${id}">Decide<`))
    await app.database.run(sql`UPDATE deliveries SET decided_at = 1 WHERE mailing_id = ${id}`)
    expect((await desk.get('/admin', session)).words).not.toContain('uncertain')
  })

  test('a running issue shows how far it is, and the next slot what it would carry', async () => {
    await using desk = await startDesk({
      engine,
      articles: { 'tides.md': articleText({ title: 'Tides' }), 'knots.md': articleText({ title: 'Knots', date: '2026-11-09' }) },
    })
    const session = await desk.logIn()
    await becomeReader(desk.world, 'mara@example.org', ['weekly'])
    const before = await desk.get('/admin', session)
    expect(before.words).toMatch(/23 Nov 2026, 08:00 The week Mondays at 08:00 2 articles: Tides, and 1 more 1 reader Preview/)
    expect(before.words).toContain('Times are in the time zone Europe/London.')
    expect(before.words).not.toContain('Sending now')
    const id = await issueOf(desk.world)
    const { body, words } = await desk.get('/admin', session)
    expect(words).toMatch(/Sending now The week, No\. 1 0 of 1/)
    expect(body).toContain(`data-live="issue:${id}" data-state="sending"`)
    expect(words).toContain('Nothing new yet')
    // Without scripts the page loads itself again.
    expect(body).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>')
  })

  test('readers by mail and by feed are shown over time, with every number in a table', async () => {
    await using desk = await startDesk({ engine, articles: { 'tides.md': articleText() } })
    const { app, clock, published } = desk.world
    await insertReaders(app.database, 3)
    const counting = startDailyCounts(app.subscribers, published.readership)
    const count = async () => {
      counting.trigger()
      await counting.settled()
    }
    published.readership.note('/feed.xml', 'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)')
    await count()
    const first = await desk.get('/admin', await desk.logIn())
    expect(first.words).toMatch(/3 by mail Counted since 20 November 2026\. A line begins with the second day\./)
    expect(first.words).toMatch(/12 by feed, as claimed/)
    expect(first.words).toMatch(/Readers, as claimed \/feed\.xml feedly 12 Numbers that the fetchers reported/)
    expect(first.body).not.toContain('<svg')
    clock.set('2026-11-28T09:00:00Z')
    published.readership.note('/feed.xml', 'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 15 subscribers)')
    await app.database.run(sql`UPDATE subscriptions SET state = 'unsubscribed' WHERE nonce = 'nonce 0'`)
    await count()
    await count()
    const { body, words } = await desk.get('/admin', await desk.logIn())
    expect(words).toMatch(/2 by mail [-−]1 in 7 days\. Counted since 20 November 2026\./)
    expect(body).toContain('aria-label="Readers by mail: 3 on 20 November 2026, 2 on 28 November 2026"')
    expect(body).toMatch(/<path class="line" d="M3,[\d.]+L357,[\d.]+"\/>/)
    expect(words).toMatch(/As a table .* 28 November 2026 2 20 November 2026 3/)
    expect(words).toContain('15 by feed, as claimed +3 in 7 days.')
    await counting.stop()
  })

  test('a large list of readers is counted in the background, and each reader once', async () => {
    await using desk = await startDesk({ engine, publication: twoDigests })
    const { app, published } = desk.world
    await insertReaders(app.database, 20_001)
    await app.database.run(sql`
      INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, confirmed_at, wished_name, wished_topics, source)
      SELECT id || 'b', subscriber_id, 'daily', state, nonce, 0, 0, 0, '', '[]', 'test' FROM subscriptions WHERE nonce IN ('nonce 1', 'nonce 2')`)
    const session = await desk.logIn()
    expect((await desk.get('/admin', session)).words).toContain('Readers by mail are being counted.')
    const counting = startDailyCounts(app.subscribers, published.readership)
    counting.trigger()
    await counting.settled()
    const { words } = await desk.get('/admin', session)
    expect(words).toContain('20,001 by mail')
    expect(words).toMatch(/20,001 readers .*2 readers|2 readers .*20,001 readers/)
  }, 60_000)
})

test('a new installation shows four steps, each ticked when it is done', async () => {
  await using desk = await startDesk({ publication: bare })
  const session = await desk.logIn()
  const done = async () =>
    [...(await desk.get('/admin', session)).body.matchAll(/<li( class="is-done")?>\s*<div><p><strong>/g)].map(([, is]) => is !== undefined)
  expect(await done()).toEqual([false, false, false, false])
  await desk.world.content.write('articles/tides.md', articleText({ title: 'Tides' }))
  await desk.world.app.articles.lookAgain(true)
  expect(await done()).toEqual([true, false, false, false])
  await becomeReader(desk.world, 'mara@example.org', ['weekly'])
  expect(await done()).toEqual([true, true, false, false])
  await issueOf(desk.world)
  await desk.world.app.sender.drain()
  expect(await done()).toEqual([true, true, true, false])
})

test('an installation that sends to the world shows no steps, and says that all is well', async () => {
  await using desk = await startDesk({ withMailbox: false, articles: { 'tides.md': articleText() } })
  await becomeReader(desk.world, 'mara@example.org', ['weekly'])
  await issueOf(desk.world)
  await desk.world.app.sender.drain()
  const { words } = await desk.get('/admin', await desk.logIn())
  expect(words).toMatch(/All is well\. Last checked on 20 Nov 2026, 09:00\./)
  expect(words).not.toContain('Four steps')
})

test('a missed slot is shown for a week', async () => {
  await using desk = await startDesk({ articles: { 'tides.md': articleText() } })
  for (const [now, isThere] of [
    ['2026-11-26T12:00:00Z', true],
    ['2026-12-10T06:00:00Z', false],
  ] as const) {
    desk.world.clock.set(now)
    await runDue(desk.world.app.digests)
    const { words } = await desk.get('/admin', await desk.logIn())
    expect(words.includes('The week missed a slot'), now).toBe(isThere)
  }
})

test('every page says that sending is held, and why', async () => {
  await using desk = await startDesk()
  const { app, clock } = desk.world
  await app.database.transaction((tx) => holdSending(tx, 'restored from a <backup>', clock.now()))
  const session = await desk.logIn()
  for (const path of ['/admin', '/admin/settings', '/admin/nothing']) {
    const { body } = await desk.get(path, session)
    expect(body, path).toContain('Sending is held since 20 Nov 2026, 09:00: restored from a &lt;backup&gt;.')
    expect(body, path).toContain('<a href="/admin/digests">Release it on the page of digests</a>')
  }
  expect((await desk.get('/admin/login')).body).not.toContain('Sending is held')
})

test('a desk without a digest says how to make the first one', async () => {
  await using desk = await startDesk({ publication: 'title: Bare\n' })
  const { words } = await desk.get('/admin', await desk.logIn())
  expect(words).toContain('There is no digest yet. Add one to publication.yaml')
  expect(words).toContain('Put an article into the folder')
})

const bare = `title: Bare
sender: { name: Bare, email: news@bare.example.org }
postal_address: 1 Bare Street
timezone: Europe/London
digests:
  weekly: { title: The week, schedule: "0 8 * * mon" }
`
const twoDigests = `${bare}  daily: { title: The day, schedule: "0 7 * * *" }
`

async function issueOf({ app }: World): Promise<string> {
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(app.digests, weekly, {})
  if (!('issue' in created)) throw new Error(JSON.stringify(created))
  await runDue(app.digests)
  return created.issue.id
}
