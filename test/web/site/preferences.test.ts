import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { Sql, sql } from '../../../src/platform/database/sql.ts'
import { articleText } from '../../support/content.ts'
import { becomeReader, issuesTo, type World } from '../../support/world.ts'
import { type Site, startSite } from './visitor.ts'

const email = 'mara@example.org'
const articles = { 'tides.md': articleText({ title: 'Tides', topics: ['coast'] }) }

async function startReading(): Promise<Site & { link: string }> {
  const site = await startSite({ articles })
  await becomeReader(site.world, email, ['weekly', 'coast-daily'], ['coast'])
  const [subscriber] = await site.world.app.database.all<{ id: string }>(sql`SELECT id FROM subscribers`)
  return { ...site, link: `/preferences/${site.world.app.subscribers.tokens.make('preferences', subscriber?.id ?? '')}` }
}

async function held({ app }: World): Promise<Record<string, string>> {
  const rows = await app.database.all<{ digest: string; state: string }>(sql`SELECT digest, state FROM subscriptions ORDER BY digest`)
  return Object.fromEntries(rows.map(({ digest, state }) => [digest, state]))
}

/** Sends an issue of the weekly now. */
async function sendWeekly(world: World, key: string): Promise<void> {
  await world.content.write(`articles/${key}.md`, articleText({ title: key, topics: ['coast'], date: '2026-11-19' }))
  await world.app.articles.reload(world.app.publication.current())
  const weekly = world.app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, weekly, { key })
  if (created.status !== 'created') throw new Error(created.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
}

test('a pause holds mail back until its day, then mail resumes', async () => {
  await using site = await startReading()
  const { world, link } = site
  const paused = await site.post(link, [
    ['do', 'pause'],
    ['paused_until', '2026-12-01'],
  ])
  expect(paused.words).toContain('No digest comes before 1 December 2026. Then all goes on by itself.')
  await sendWeekly(world, 'within')
  expect(issuesTo(world, email)).toHaveLength(0)
  expect((await site.get(link)).words).toContain('Paused: no digest comes before 1 December 2026.')
  world.clock.set(new Date('2026-12-01T00:00:00Z'))
  await sendWeekly(world, 'after')
  expect(issuesTo(world, email).map(({ mail }) => mail.subject)).toEqual(['The week: after'])
})

test.each([[[]], [[['a', 'b']]], [[['List-Unsubscribe', 'One-Click']]]] as [string, string][][][])(
  'a form of another kind (%j) changes no choice',
  async (fields) => {
    await using site = await startReading()
    const { world, link } = site
    const before = await held(world)
    const answer = await site.post(link, fields)
    expect(answer.status).toBe(422)
    expect(await held(world)).toEqual(before)
  },
)

test('the page ends a pause; an invalid or past day is refused at the field', async () => {
  await using site = await startReading()
  const { world, link } = site
  for (const day of ['2026-11-20', '2020-01-01', '2026-13-01', 'soon', '', '9999-99-99']) {
    const refused = await site.post(link, [
      ['do', 'pause'],
      ['paused_until', day],
    ])
    expect([day, refused.status]).toEqual([day, 422])
    expect(refused.body).toContain('id="paused_until-error"')
  }
  await site.post(link, [
    ['do', 'pause'],
    ['paused_until', '2026-12-01'],
  ])
  expect((await site.post(link, [['do', 'go_on']])).words).toContain('Your digests come again')
  await sendWeekly(world, 'now')
  expect(issuesTo(world, email)).toHaveLength(1)
})

test('switching to the feed shows its address and ends mail', async () => {
  await using site = await startReading()
  const { world, link } = site
  const told = await site.post(link, [['do', 'feed']])
  expect(told.words).toContain('Give this address to your feed reader: https://tide.example.org/topics/coast/feed.xml')
  expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'unsubscribed' })
  await sendWeekly(world, 'one')
  expect(issuesTo(world, email)).toHaveLength(0)
})

test('unsubscribing from all ends every digest; the same link lets the reader come back', async () => {
  await using site = await startReading()
  const { world, link } = site
  const told = await site.post(link, [['do', 'leave']])
  expect(told.words).toMatch(/You have left .*The week.*You get no digest now/)
  expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'unsubscribed' })
  const back = await site.post(link, [
    ['do', 'save'],
    ['digests', 'weekly'],
    ['topics', 'coast'],
  ])
  expect(back.words).toContain('From now on you get The week.')
  expect(await held(world)).toEqual({ weekly: 'confirmed', 'coast-daily': 'unsubscribed' })
})

test('a name is kept as typed and greets; one with a line break is refused, and no header is made of it', async () => {
  await using site = await startReading()
  const { world, link } = site
  const save = (name: string) =>
    site.post(link, [
      ['do', 'save'],
      ['digests', 'weekly'],
      ['name', name],
    ])
  const refused = await save('Mara\r\nBcc: victim@example.org')
  expect(refused.status).toBe(422)
  expect(refused.body).toContain('id="name-error"')
  expect((await save('Mara "M" <x@y.example>, O’Neill')).body).toContain('We call you Mara &#34;M&#34; &lt;x@y.example&gt;, O’Neill now.')
  await sendWeekly(world, 'named')
  const [got] = issuesTo(world, email)
  expect(got?.to).toBe(email)
  expect(got?.source.match(/^(?:to|cc|bcc):.*$/gim)).toEqual([expect.stringMatching(/^To: =\?UTF-8\?B\?[\w+/=]+\?= <mara@example\.org>$/)])
})

test('a reader can download everything stored about them, and nothing about others', async () => {
  await using site = await startReading()
  await becomeReader(site.world, 'other@example.org', ['weekly'])
  await sendWeekly(site.world, 'one')
  const file = await site.get(`${site.link}/data`)
  expect(file.headers.get('Content-Disposition')).toContain('attachment')
  expect(file.body).not.toContain('other@example.org')
  const data = JSON.parse(file.body)
  expect(data).toMatchObject({ email, topics: ['coast'] })
  expect(data.subscriptions.map((one: { digest: string; state: string }) => [one.digest, one.state]).sort()).toEqual([
    ['coast-daily', 'confirmed'],
    ['weekly', 'confirmed'],
  ])
  expect(data.history.map((one: { event: string }) => one.event)).toContain('confirmed')
  expect(data.mail.map((one: { kind: string; state: string }) => [one.kind, one.state])).toContainEqual(['issue', 'sent'])
  expect((await site.get('/preferences/x/data')).status).toBe(404)
})

test('an erased reader is in no table, gets no mail, and cannot sign up again', async () => {
  await using site = await startReading()
  const { world, link } = site
  await sendWeekly(world, 'one')
  const unsure = await site.post(link, [['do', 'erase']])
  expect([unsure.status, unsure.words]).toEqual([422, expect.stringContaining('Nothing was erased.')])
  const erased = await site.post(link, [
    ['do', 'erase'],
    ['sure', 'yes'],
  ])
  expect(erased.words).toContain('You are erased')
  // In no table: not of choices, not of consent, not of mail.
  const tables = await world.app.database.all<{ name: string }>(sql`SELECT name FROM sqlite_master WHERE type = 'table'`)
  for (const { name } of tables) {
    const rows = await world.app.database.all(new Sql([`SELECT * FROM "${name}"`], []))
    expect(JSON.stringify(rows), name).not.toContain('mara')
  }
  expect([(await site.get(link)).status, (await site.post(link, [['do', 'go_on']])).status]).toEqual([410, 410])
  const before = world.receiver.received.length
  const asked = await site.post('/subscribe', [
    ['email', email],
    ['digests', 'weekly'],
  ])
  expect([asked.status, asked.words]).toEqual([200, expect.stringContaining('Check your inbox')])
  await sendWeekly(world, 'two')
  expect(world.receiver.received).toHaveLength(before)
})
