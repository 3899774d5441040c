import { expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { becomeReader, type World } from '../../support/world.ts'
import { startSite } from './visitor.ts'

const publication = `title: The Tide
language: en
languages: [en, de, he]
sender: { name: The Tide, email: news@tide.example.org }
topics: { coast: The coast }
digests:
  weekly: { title: The week, schedule: "0 8 * * mon" }
`

test('each page that a link in a mail opens is in the language of its reader', async () => {
  await using site = await startSite({ publication })
  const { app, receiver } = site.world
  await becomeReader(site.world, 'mara@example.org', ['weekly'])
  const row = await app.database.get<{ id: string; subscription: string }>(sql`
    SELECT subscribers.id AS id, subscriptions.id AS subscription FROM subscribers JOIN subscriptions ON subscriber_id = subscribers.id`)
  const preferences = `/preferences/${app.subscribers.tokens.make('preferences', row?.id ?? '')}`
  const leave = `/unsubscribe/${app.subscribers.tokens.make('unsubscribe', row?.subscription ?? '')}`
  const confirmToken = /\/confirm\/[\w-]{43}/.exec(receiver.received[0]?.mail.text ?? '')?.[0] ?? ''

  expect((await site.get(preferences)).words).toContain('Your choice')
  // The answer to the choice of a language is in that language already.
  const chosen = await site.post(preferences, [
    ['digests', 'weekly'],
    ['language', 'de'],
    ['name', ''],
  ])
  expect(chosen.words).toContain('Ihre Auswahl ist gespeichert')
  expect(chosen.words).toContain('Sie lesen lieber auf Deutsch.')
  const page = await site.get(preferences)
  expect(page.body).toContain('<html lang="de" dir="ltr">')
  expect(page.words).toContain('Montags um 08:00 Uhr')
  const fault = await site.post(preferences, [
    ['do', 'pause'],
    ['paused_until', '2020-01-01'],
  ])
  expect(fault.words).toContain('Der Tag muss in der Zukunft liegen.')
  const paused = await site.post(preferences, [
    ['do', 'pause'],
    ['paused_until', '2026-12-24'],
  ])
  expect(paused.words).toContain('Vor dem 24. Dezember 2026 kommt kein Newsletter.')
  expect((await site.get(confirmToken)).words).toContain('Sie sind schon angemeldet')
  expect((await site.get(leave)).words).toContain('The week abbestellen?')
  const oneClick = await site.post(leave, [['List-Unsubscribe', 'One-Click']])
  expect(oneClick.body).toBe('Abgemeldet.\n')

  await app.database.run(sql`UPDATE subscribers SET language = 'he'`)
  expect((await site.get(leave)).body).toContain('<html lang="he" dir="rtl">')
  // What is not offered is not followed, and a link that is not ours tells nothing.
  await app.database.run(sql`UPDATE subscribers SET language = 'ja'`)
  expect((await site.get(preferences)).body).toContain('<html lang="en" dir="ltr">')
  expect((await site.get(`/confirm/${'A'.repeat(43)}`)).body).toContain('<html lang="en" dir="ltr">')
})

test('the form is in each language that readers may choose, and the choice holds from the confirmation on', async () => {
  await using site = await startSite({ publication })
  const { app, receiver } = site.world
  const plain = await site.get('/subscribe')
  expect(plain.body).toContain('<html lang="en" dir="ltr">')
  expect(plain.body).toContain('<a href="/subscribe?language=de" lang="de" hreflang="de">')
  const form = await site.get('/subscribe?language=de')
  expect(form.body).toContain('<html lang="de" dir="ltr">')
  expect(form.words).toContain('Montags um 08:00 Uhr')
  expect(form.body).toContain('<input type="hidden" name="language" value="de">')
  const fault = await site.post('/subscribe', [
    ['email', 'mara'],
    ['digests', 'weekly'],
    ['language', 'de'],
  ])
  expect([fault.status, fault.body]).toEqual([422, expect.stringContaining('<html lang="de" dir="ltr">')])
  const asked = await site.post('/subscribe', [
    ['email', 'mara@example.org'],
    ['digests', 'weekly'],
    ['language', 'de'],
  ])
  expect(asked.body).toContain('<html lang="de" dir="ltr">')
  expect(asked.body).toContain('href="/subscribe?language=de"')
  await app.signUpProcessing.settled()
  await app.sender.drain()
  const mail = receiver.received.at(-1)?.mail
  expect(mail?.subject).toBe('Bitte bestätigen: The week von The Tide')
  const consents = await app.database.all<{ wording: string }>(sql`SELECT wording FROM consents`)
  expect(consents[0]?.wording).toMatch(/^Ja|Sie/)
  const link = /\/confirm\/[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? ''
  expect((await site.post(link, [])).body).toContain('<html lang="de" dir="ltr">')
  expect(await languages(site.world)).toEqual(['de'])
})

test('a form changes the language of nobody who has confirmed, and ignores one that is not offered', async () => {
  await using site = await startSite({ publication })
  const { app } = site.world
  await becomeReader(site.world, 'mara@example.org', ['weekly'])
  for (const [email, language] of [
    ['mara@example.org', 'he'],
    ['ann@example.org', 'xx'],
    ['ben@example.org', 'HE'],
  ] as const) {
    const answer = await site.post('/subscribe', [
      ['email', email],
      ['digests', 'weekly'],
      ['language', language],
    ])
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining(`<html lang="${language === 'xx' ? 'en' : 'he'}"`)])
  }
  await app.signUpProcessing.settled()
  expect(await languages(site.world)).toEqual(['', 'he', ''])
})

test('the form for other sites is in the language of its page, and names it', async () => {
  await using site = await startSite({ publication })
  const page = await site.get('/subscribe/embed?language=de')
  expect(page.body).toContain('<html lang="de" dir="ltr">')
  expect(page.body).toContain('&lt;input type=&#34;hidden&#34; name=&#34;language&#34; value=&#34;de&#34;&gt;')
  expect((await site.get('/subscribe/embed?language=de&language=he')).status).toBe(200)
  await using alone = await startSite({ publication: publication.replace(/languages: .*\n/, '') })
  for (const path of ['/subscribe', '/subscribe/embed']) expect((await alone.get(path)).body).not.toMatch(/name=.{0,9}language/)
})

/** By address. */
async function languages({ app }: World): Promise<string[]> {
  const rows = await app.database.all<{ language: string }>(sql`SELECT language FROM subscribers ORDER BY created_at, email DESC`)
  return rows.map(({ language }) => language)
}
