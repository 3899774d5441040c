import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createIssue } from '../../src/digests/issue/create-issue.ts'
import { runDue } from '../../src/digests/schedule/run-due.ts'
import { renderEmail } from '../../src/email/render.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { openPages } from '../../src/platform/pages.ts'
import {
  article,
  confirmRequest,
  digestRequest,
  goodbyeRequest,
  noticeRequest,
  singleRequest,
  welcomeRequest,
  wholeText,
} from '../email/requests.ts'
import { articleText, publicationYaml } from '../support/content.ts'
import { becomeReader } from '../support/world.ts'
import { type Site, startSite } from '../web/site/visitor.ts'

/*
 * `old-templates/` holds the public pages and mails as they were when their words still stood in the templates. An operator may have such a
 * copy: every variable that it uses has to stay.
 */

const folder = join(import.meta.dirname, 'old-templates/templates')
const email = 'mara@example.org'

test.each([
  [
    'digest',
    digestRequest([article(1), article(2, { call_to_action: null, hero: null })], {
      with_contents: true,
      unlisted: 2,
      pixel: 'https://a.example/p.gif',
    }),
  ],
  ['article', singleRequest(wholeText)],
  ['confirm', confirmRequest],
  ['welcome', welcomeRequest],
  ['goodbye', goodbyeRequest],
  ['notice', noticeRequest],
] as const)('an old copy of the mail template %s renders', async (name, request) => {
  expect(request.template).toBe(name)
  const mail = await renderEmail(folder, request)
  expect(mail.text).toContain('The Harbour Post')
  expect(mail.subject).not.toBe('')
})

test('every old mail template is tried', () => {
  const names = readdirSync(join(folder, 'email')).filter((name) => name.endsWith('.mjml'))
  expect(names).toEqual(['article', 'confirm', 'digest', 'goodbye', 'notice', 'welcome'].map((name) => `${name}.mjml`))
})

test('an old copy of every page renders, in every state', async () => {
  const old = openPages(folder)
  const rendered = new Set<string>()
  const pages = {
    ...old,
    render(template: string, values: object) {
      rendered.add(template)
      return old.render(template, values)
    },
  }
  const articles = Object.fromEntries(
    Array.from({ length: 32 }, (_, index) => [`tide-${index}.md`, articleText({ title: `Tide ${index}`, topics: ['coast'] })]),
  )
  const extra = "expires: '2026-11-19'\n"
  await using site = await startSite({
    articles: { ...articles, 'over.md': articleText({ title: 'Over', extra }) },
    publication: `${publicationYaml}languages: [en, de]\n`,
    notice: 'A notice',
    pages,
  })
  const { world } = site
  const words: string[] = []
  const visit = async (answer: ReturnType<Site['get']>, status: number, text: string) => {
    const page = await answer
    words.push(page.words)
    expect({ status: page.status, words: page.words }).toEqual({ status, words: expect.stringContaining(text) })
  }
  const get = (path: string, status: number, text: string) => visit(site.get(path), status, text)
  const post = (path: string, fields: readonly (readonly [string, string])[], status: number, text: string) =>
    visit(site.post(path, fields), status, text)

  await get('/issues', 200, 'No issue has been sent yet.')
  await get('/', 200, 'Earlier articles')
  await get('/?page=2', 200, 'Later articles')
  await get('/articles/tide-1', 200, 'min read')
  await get('/topics/coast', 200, '32 articles')
  await get('/topics/craft', 200, 'Nothing has been published on this yet.')
  await get('/authors/ruth-addlestone', 200, 'Follow by RSS')
  await get('/subscribe', 200, 'Choose what you would like to read.')
  await get('/subscribe/embed', 200, 'HTML of the form')
  await get('/privacy', 200, 'days. How many got each mail is kept.')
  await get('/nowhere', 404, 'Check the address')
  await get('/articles/over', 410, 'It was published for a limited time.')
  await post('/privacy', [], 405, 'You can read it')
  await post('/subscribe', [['email', 'nobody']], 422, 'This is not an email address')
  await post(
    '/subscribe',
    [
      ['email', 'b@example.org'],
      ['digests', 'weekly'],
    ],
    200,
    'Check your inbox',
  )

  await becomeReader(world, email, ['weekly', 'coast-daily'])
  const confirmation = world.receiver.received.find((one) => one.to === email)?.mail.text ?? ''
  await get(/\/confirm\/[\w-]{43}/.exec(confirmation)?.[0] ?? '', 200, 'already')
  await get(`/confirm/${'A'.repeat(43)}`, 404, 'This link does not work')

  const weekly = world.app.publication.current().digests.get('weekly')
  const created = weekly && (await createIssue(world.app.digests, weekly, {}))
  if (created?.status !== 'created') throw new Error(created?.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  await get('/issues', 200, '1 issue')
  await get(`/issues/${created.issue.id}`, 200, 'All issues')

  const { tokens } = world.app.subscribers
  const rows = await world.app.database.all<{ id: string; subscriber_id: string }>(
    sql`SELECT id, subscriber_id FROM subscriptions WHERE state = 'confirmed' ORDER BY digest`,
  )
  const [first, second] = rows.map(({ id }) => `/unsubscribe/${tokens.make('unsubscribe', id)}`)
  const preferences = `/preferences/${tokens.make('preferences', rows[0]?.subscriber_id ?? '')}`
  await get(preferences, 200, 'Your choice')
  await post(
    preferences,
    [
      ['do', 'save'],
      ['digests', 'weekly'],
      ['digests', 'coast-daily'],
      ['language', 'en'],
    ],
    200,
    'as before',
  )
  await post(
    preferences,
    [
      ['do', 'pause'],
      ['paused_until', 'soon'],
    ],
    422,
    'The day must be a day',
  )
  await post(
    preferences,
    [
      ['do', 'pause'],
      ['paused_until', '2026-12-24'],
    ],
    200,
    'No digest comes before 24 December 2026.',
  )
  await get(preferences, 200, 'Another first day')
  await post(preferences, [['do', 'erase']], 422, 'Tick the box if you are sure.')
  await get(first ?? '', 200, 'Leave The coast, daily?')
  await post(first ?? '', [], 200, 'You have left The coast, daily')
  await get(first ?? '', 200, 'You do not get')
  await post(second ?? '', [['scope', 'all']], 200, 'You have left everything')
  await get(`/unsubscribe/${'A'.repeat(43)}`, 404, 'This link does not work')
  await post(
    preferences,
    [
      ['do', 'erase'],
      ['sure', 'yes'],
    ],
    200,
    'You are erased',
  )
  await get(preferences, 410, 'Nothing is stored about you')
  await get(second ?? '', 200, 'You get no mail from us')
  await get(`/preferences/${'A'.repeat(43)}`, 404, 'This link does not work')

  const names = readdirSync(join(folder, 'pages')).flatMap((name) => /^(.+)\.liquid$/.exec(name)?.[1] ?? [])
  expect([...rendered].sort()).toEqual(names.sort())
  expect(words.join()).not.toContain('Something went wrong')
})
