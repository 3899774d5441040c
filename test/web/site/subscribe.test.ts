import { expect, test } from 'vitest'
import type { Database } from '../../../src/platform/database/database.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { processSignUps } from '../../../src/subscribers/sign-up/process-waiting.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, type World } from '../../support/world.ts'
import { startSite } from './visitor.ts'

test('the form offers every digest with its schedule, every topic, and the feeds instead', async () => {
  await using site = await startSite({})
  const form = await site.get('/subscribe')
  expect(form.words).toMatch(/The week Mondays at 08:00 The coast, daily Daily at 07:00 · Only Coast and weather/)
  expect(form.body).toContain('name="topics" value="craft"')
  expect(form.words).toContain('https://tide.example.org/feed.json')
  expect(form.body).not.toContain('checked')
})

test('only confirming makes a reader, not asking or opening the link', async () => {
  await using site = await startSite({ notice: 'Nothing leaves this machine.' })
  const { world } = site
  const asked = await site.post('/subscribe', [
    ['email', 'mara@example.org'],
    ['digests', 'weekly'],
    ['topics', 'coast'],
  ])
  expect(asked.status).toBe(200)
  expect(asked.words).toMatch(/Check your inbox .*mara@example\.org.*Nothing leaves this machine\./)
  const link = await confirmLink(world, 'mara@example.org')
  for (let scanner = 0; scanner < 3; scanner++) {
    const page = await site.get(link)
    expect([page.status, page.words]).toEqual([200, expect.stringContaining('Yes, send it to me')])
    expect((await site.send(link, { method: 'HEAD' })).status).toBe(200)
  }
  expect(await states(world.app.database)).toEqual(['pending'])
  const confirmed = await site.post(link, [])
  expect(confirmed.status).toBe(200)
  expect(confirmed.words).toMatch(/You are subscribed .*The week Mondays at 08:00/)
  expect(await states(world.app.database)).toEqual(['confirmed'])
  expect((await site.get(/href="(\/preferences\/[^"]+)"/.exec(confirmed.body)?.[1] ?? '')).words).toContain('mara@example.org')
  const again = await site.post(link, [])
  expect([again.status, again.words]).toEqual([200, expect.stringContaining('You are subscribed already')])
})

test('the form does not reveal who is subscribed', async () => {
  await using site = await startSite({})
  await becomeReader(site.world, 'known@example.org', ['weekly'])
  const answers = await Promise.all(
    ['known@example.org', 'fresh@example.org'].map((email) =>
      site.post('/subscribe', [
        ['email', email],
        ['digests', 'weekly'],
      ]),
    ),
  )
  const [known, fresh] = answers.map(({ status, body }) => [status, body.replaceAll(/known|fresh/g, 'who')])
  expect(known).toEqual(fresh)
})

test('over a limit the page and Retry-After say when to come back, whether or not the address is known', async () => {
  await using site = await startSite({ publication: `${publicationYaml}sign_up: { overall: 1 }\n`, now: '2026-11-20T09:20:00Z' })
  await becomeReader(site.world, 'known@example.org', ['weekly'])
  const answers = await Promise.all(
    ['known@example.org', 'fresh@example.org'].map((email) =>
      site.post('/subscribe', [
        ['email', email],
        ['digests', 'weekly'],
      ]),
    ),
  )
  for (const { status, headers, words } of answers) {
    expect([status, headers.get('Retry-After')]).toEqual([429, '2400'])
    expect(words).toMatch(/Too many requests .*20 November 2026.* 10:00/)
  }
  expect(answers[0]?.body).toBe(answers[1]?.body)
})

test('an invalid form comes back with its input and the error at the field', async () => {
  await using site = await startSite({})
  const noAddress = await site.post('/subscribe', [
    ['email', 'mara@"><b>'],
    ['digests', 'weekly'],
    ['topics', 'coast'],
  ])
  expect(noAddress.status).toBe(422)
  expect(noAddress.body).toContain('value="mara@&#34;&gt;&lt;b&gt;"')
  expect(noAddress.body).toMatch(/value="weekly" id="digests" checked/)
  expect(noAddress.body).toMatch(/value="coast" checked/)
  expect(noAddress.body).toMatch(/aria-invalid="true" aria-describedby="email-error"/)
  expect(noAddress.words).toContain('This is not an email address that mail can be sent to.')
  const noDigest = await site.post('/subscribe', [['email', 'mara@example.org']])
  expect([noDigest.status, noDigest.words]).toEqual([422, expect.stringContaining('Your choice of digests names no digest.')])
  expect(noDigest.body).toContain('value="mara@example.org"')
  for (const [field, value] of [
    ['digests', 'nothing'],
    ['topics', 'nothing'],
  ] as const) {
    const refused = await site.post('/subscribe', [
      ['email', 'mara@example.org'],
      ['digests', 'weekly'],
      [field, value],
    ])
    expect([field, refused.status]).toEqual([field, 422])
  }
  expect((await site.send('/subscribe', { method: 'POST' })).status).toBe(422)
  expect((await site.post('/subscribe', [['email', 'x'.repeat(50_000)]])).status).toBe(413)
  expect(await states(site.world.app.database)).toEqual([])
})

test('a filled honeypot field gets the usual answer, and nothing is stored', async () => {
  await using site = await startSite({})
  const answer = await site.post('/subscribe', [
    ['email', 'bot@example.org'],
    ['digests', 'weekly'],
    ['website', 'https://spam.example'],
  ])
  expect([answer.status, answer.words]).toEqual([200, expect.stringContaining('Check your inbox')])
  expect(await states(site.world.app.database)).toEqual([])
})

test('a form sent too quickly must be sent again; one without shown_at is accepted', async () => {
  await using site = await startSite({})
  const { clock, app } = site.world
  const send = (shownAt: string) =>
    site.post('/subscribe', [
      ['email', 'mara@example.org'],
      ['digests', 'weekly'],
      ...(shownAt === '' ? [] : [['shown_at', shownAt] as const]),
    ])
  const stampIn = (body: string) => /name="shown_at" value="(\d+)"/.exec(body)?.[1] ?? ''
  const shown = stampIn((await site.get('/subscribe')).body)
  clock.advance(1_000)
  const tooSoon = await send(shown)
  expect([tooSoon.status, stampIn(tooSoon.body)]).toEqual([422, shown])
  expect(tooSoon.words).toContain('Press Subscribe again.')
  const ahead = await send(String(clock.now().getTime() + 3_600_000))
  expect([ahead.status, stampIn(ahead.body)]).toEqual([422, String(clock.now().getTime())])
  expect(await states(app.database)).toEqual([])
  clock.advance(2_000)
  for (const stamp of [shown, stampIn(ahead.body), '', 'nonsense']) expect((await send(stamp)).status, stamp).toBe(200)
})

test('the privacy page follows the settings', async () => {
  const settings = 'network_addresses: none\nretention: { unconfirmed: 36h, deliveries: 1d }\nmeasure: { clicks: true }\n'
  for (const [publication, sentences, isAlways] of [
    [
      publicationYaml,
      ['is stored with that proof.', 'is deleted after 30 days.', 'is deleted after 180 days.', 'We do not see which links you follow'],
      true,
    ],
    [
      publicationYaml.replace('weekly: {', 'weekly: { double_opt_in: false,') + settings,
      ['did it from is not stored.', 'is deleted after 36 hours.', 'is deleted after 1 day.', 'how often each was followed'],
      false,
    ],
    [`${publicationYaml}network_addresses: shortened\n`, ['shortened so that it tells the network and not the device.'], true],
  ] as const) {
    await using site = await startSite({ publication })
    const { words } = await site.get('/privacy')
    for (const sentence of sentences) expect(words).toContain(sentence)
    expect(words.includes('An address that is never confirmed gets no mail but the one that asks to confirm it.')).toBe(isAlways)
  }
})

test('an expired confirmation link says so, and links to the form', async () => {
  await using site = await startSite({})
  await site.post('/subscribe', [
    ['email', 'mara@example.org'],
    ['digests', 'weekly'],
  ])
  const link = await confirmLink(site.world, 'mara@example.org')
  site.world.clock.advance(8 * 86_400_000)
  for (const visit of [await site.get(link), await site.post(link, [])]) {
    expect(visit.status).toBe(410)
    expect(visit.body).toContain('<a class="button" href="/subscribe">')
  }
  expect(await states(site.world.app.database)).toEqual(['pending'])
})

test('the wording that a reader agreed to is stored as shown', async () => {
  await using site = await startSite({ articles: { 'tides.md': articleText() } })
  const { database, subscribers } = site.world.app
  const kept = async () => {
    await processSignUps(subscribers)
    return database.all(sql`SELECT source, wording FROM consents ORDER BY id`)
  }
  const invitation = (await site.get('/')).words
  await site.post('/subscribe', [
    ['email', 'mara@example.org'],
    ['digests', 'weekly'],
    ['form', 'invitation'],
  ])
  const [first] = await kept()
  expect(first).toEqual({ source: 'invitation', wording: 'The week, by email. Mondays at 08:00. One click is enough to leave.' })
  expect(invitation).toContain('The week, by email Mondays at 08:00. One click is enough to leave.')
  site.world.clock.advance(60_000)
  await site.post('/subscribe', [
    ['email', 'mara@example.org'],
    ['digests', 'coast-daily'],
  ])
  const second = (await kept())[1] as { source: string; wording: string }
  expect(second.source).toBe('form')
  expect((await site.get('/subscribe')).words).toContain(second.wording)
})

async function confirmLink({ app, receiver }: World, email: string): Promise<string> {
  await processSignUps(app.subscribers)
  await app.sender.drain()
  const mail = receiver.received.findLast((one) => one.to === email)
  return /\/confirm\/[\w-]{43}/.exec(mail?.mail.text ?? '')?.[0] ?? ''
}

async function states(database: Database): Promise<string[]> {
  const rows = await database.all<{ state: string }>(sql`SELECT state FROM subscriptions ORDER BY id`)
  return rows.map((row) => row.state)
}
