import { expect, onTestFinished, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { makeContent } from '../../support/content.ts'
import { plainRuns, pseudoFolder, pseudoLanguage } from '../../support/pseudo.ts'
import { becomeReader } from '../../support/world.ts'
import { startDesk } from './operator.ts'

/** A TEMPLATES_DIR with words of the desk in Welsh. Its other words are English. */
async function welsh(): Promise<string> {
  const content = await makeContent({}, null)
  onTestFinished(() => content[Symbol.asyncDispose]())
  await content.write('messages/cy.json', JSON.stringify({ 'desk.rail.today': 'Heddiw' }))
  return content.folder
}

test("the desk speaks the language of the operator's invitation, else that of the browser, else English", async () => {
  await using desk = await startDesk({ templates: await welsh() })
  const todayOf = async (session: { Cookie: string }, asked: string) => {
    const { body } = await desk.get('/admin', { ...session, 'Accept-Language': asked })
    return /<html lang="([^"]*)"/.exec(body)?.[1] + (body.includes('Heddiw') ? ' Heddiw' : '')
  }
  const owner = await desk.logIn()
  expect(await todayOf(owner, 'cy-GB, en;q=0.5')).toBe('cy-GB Heddiw')
  // A language without words of the desk is passed over, and a header may hold anything.
  expect(await todayOf(owner, 'kl, cy;q=0.8, en;q=0.9')).toBe('en')
  expect(await todayOf(owner, 'kl;q=0.9, cy;q=0.8')).toBe('cy Heddiw')
  for (const nonsense of ['', '*', 'x'.repeat(60), 'cy_GB', '1;;,']) expect(await todayOf(owner, nonsense)).toBe('en')
  const invited = await desk.logIn({ email: 'ann@example.org', role: 'editor', language: 'cy' })
  expect(await todayOf(invited, 'en')).toBe('cy Heddiw')
  const other = await desk.logIn({ email: 'ben@example.org', role: 'editor', language: 'kl' })
  expect(await todayOf(other, 'cy')).toBe('cy Heddiw')
})

const publication = `title: Прилив
language: ${pseudoLanguage}
timezone: UTC
sender: { name: Прилив, email: news@tide.example.org }
topics: { coast: Берег }
digests:
  weekly: { title: Неделя, schedule: "0 8 * * mon" }
`
const article = '---\ntitle: Лодка\ndescription: О лодке.\nauthor: Рут\npublish_date: 2026-11-10\ntopics: [coast]\n---\nВода.\n'

/** Not words of ours: findings, names of files, addresses and events, values that are stored, and units. */
const values = [
  /<ul class="problems">[\s\S]*?<\/ul>/g,
  /<(code|pre|samp|kbd)\b[\s\S]*?<\/\1>/g,
  /&lt;!-- articles --&gt;|\barticles\b/g,
  /[\w.+-]+@[\w.-]+/g,
  /\/?[\w%-]+(?:[/.][\w%-]+)+/g,
  /\b(?:weekly|coast|lodka|UTC|KB|MB)\b/g,
  // Of the sign-up, the audit log and the mail server of the test.
  /\b(?:form|api|import|desk|command line|confirmation|test|Yes|origin|OK|message queued)\b/g,
]

test('every word of the desk comes from a message file, from the writer or from the reader', async () => {
  const templates = await pseudoFolder()
  await using desk = await startDesk({ publication, articles: { 'lodka.md': article }, env: { TEMPLATES_DIR: templates }, templates })
  const { app } = desk.world
  await becomeReader(desk.world, 'mara@example.org', ['weekly'])
  const definition = app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  await createIssue(app.digests, definition, {})
  await runDue(app.digests)
  await app.sender.drain()
  const reader = (await app.database.get<{ id: string }>(sql`SELECT id FROM subscribers`))?.id
  const issue = (await app.database.get<{ id: string }>(sql`SELECT id FROM issues`))?.id
  const session = { ...(await desk.logIn()), 'Accept-Language': pseudoLanguage }
  const paths = [
    '',
    '/issues',
    `/issues/${issue}`,
    '/issues/none',
    '/digests',
    '/digests/weekly',
    '/digests/weekly/note',
    '/digests/weekly/send',
    '/articles',
    '/articles/lodka.md',
    '/readers',
    '/readers/new',
    '/readers/growth',
    '/readers/import',
    `/readers/${reader}`,
    '/suppressions',
    '/settings',
    '/doctor',
    '/mailbox',
    '/operators',
    '/tokens',
    '/sessions',
    '/audit',
    '/address',
    '/webhooks',
  ]
  const plain: Record<string, string[]> = {}
  for (const path of paths) {
    const { body, status } = await desk.get(`/admin${path}`, session)
    expect(status, path).toBeLessThan(500)
    expect(body, path).toContain(`<html lang="${pseudoLanguage}"`)
    const runs = plainRuns(values.reduce((text, value) => text.replace(value, ' '), body))
    if (runs.length > 0) plain[path] = [...new Set(runs)]
  }
  expect(plain).toEqual({})
})
