import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { unsubscribeByMail } from '../../../src/subscribers/unsubscribe.ts'
import { articleText } from '../../support/content.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'

const publication = `title: The Tide
language: en
languages: [en, de, ar]
timezone: Europe/London
sender: { name: The Tide, email: news@tide.example.org }
topics: { coast: The coast }
digests:
  weekly: { title: The week, schedule: "0 8 * * mon", max_articles: 2, subject: "{{ digest.title }}, {{ issue.date }}" }
`

const articles = Object.fromEntries(['one', 'two', 'three', 'four'].map((name) => [`${name}.md`, articleText({ title: `Piece ${name}` })]))

async function choose(world: World, email: string, language: string): Promise<void> {
  await world.app.database.run(sql`UPDATE subscribers SET language = ${language}, name = 'Ada' WHERE email = ${email}`)
}

async function sendWeekly(world: World): Promise<string> {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  return created.issue.id
}

test('each reader gets the issue in the language of their choice, rendered once for each language', async () => {
  await using world = await startWorld({ articles, publication, now: '2026-12-01T09:00:00Z' })
  const languages = {
    'en@example.org': 'en',
    'none@example.org': '',
    'de@example.org': 'de',
    'ar@example.org': 'ar',
    'gone@example.org': 'fr',
  }
  for (const [email, language] of Object.entries(languages)) {
    await becomeReader(world, email, ['weekly'])
    await choose(world, email, language)
  }
  const id = await sendWeekly(world)
  const mailTo = (email: string) => {
    const mail = issuesTo(world, email)[0]?.mail
    return { subject: mail?.subject ?? '', text: mail?.text ?? '', html: String(mail?.html) }
  }

  const german = mailTo('de@example.org')
  expect(german.subject).toBe('The week, 1. Dezember 2026')
  expect(german.html).toContain('<html lang="de" dir="ltr"')
  expect(german.text).toContain('Hallo, Ada. Hier sind 2 neue Artikel.')
  for (const part of [german.html, german.text]) {
    expect(part).toContain('Abmelden')
    expect(part).toContain('weil Sie The week von The Tide abonniert haben')
    expect(part).toMatch(/\d\. (?:November|Dezember) 2026/)
    expect(part).not.toMatch(/Unsubscribe|min read|You get this/)
  }
  const arabic = mailTo('ar@example.org')
  expect(arabic.html).toContain('<html lang="ar" dir="rtl"')
  expect(arabic.text).toContain('مرحبًا، Ada.')
  // Articles keep their own language and direction.
  expect(arabic.html).toMatch(/<div lang="en" dir="ltr"/)
  for (const email of ['en@example.org', 'none@example.org', 'gone@example.org']) {
    expect(mailTo(email).subject).toBe('The week, 1 December 2026')
    expect(mailTo(email).text).toContain('Hello, Ada. Here are 2 new articles.')
  }
  expect(await world.app.database.all(sql`SELECT list_key FROM issue_editions WHERE issue_id = ${id}`)).toHaveLength(3)
})

test('welcome, a new confirmation and the goodbye are in the language of the reader', async () => {
  await using world = await startWorld({ articles, publication })
  await becomeReader(world, 'de@example.org', ['weekly'])
  await choose(world, 'de@example.org', 'de')
  await unsubscribeByMail(world.app.subscribers, 'de@example.org', 'weekly')
  await world.app.sender.drain()
  const goodbye = world.receiver.received.at(-1)?.mail
  expect(goodbye?.subject).toBe('Sie haben The week abbestellt')
  expect(goodbye?.text).toContain('Montags um 08:00 Uhr')
  await world.clock.advance(3 * 86_400_000)
  await becomeReader(world, 'de@example.org', ['weekly'])
  const subjects = world.receiver.received.slice(-2).map(({ mail }) => mail.subject)
  expect(subjects).toEqual(['Bitte bestätigen: The week von The Tide', 'Willkommen bei The Tide'])
})
