import { expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { becomeReader } from '../../support/world.ts'
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
