import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo } from '../../support/world.ts'
import { startDesk } from './operator.ts'

test('the desk shows which links of the newest issue readers followed', async () => {
  await using desk = await startDesk({
    articles: { 'tides.md': articleText({ title: 'Tides', extra: 'cta_url: https://walks.example.org/\ncta_label: Walk\n' }) },
    publication: `${publicationYaml}\nmeasure: { clicks: true }`,
  })
  const { app, clock } = desk.world
  await becomeReader(desk.world, 'mara@example.org', ['weekly'])
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  await createIssue(app.digests, weekly, {})
  await runDue(app.digests)
  await app.sender.drain()
  const session = await desk.logIn()
  expect((await desk.get('/admin/digests/weekly', session)).words).toContain('What readers of No. 1 followed Nothing yet.')
  const [got] = issuesTo(desk.world, 'mara@example.org')
  const [, path = ''] = /Walk: https:\/\/tide\.example\.org(\/go\/\S+)/.exec(got?.mail.text ?? '') ?? []
  await desk.get(path, { 'User-Agent': 'Mozilla/5.0 Firefox/140.0' })
  clock.advance(10_000)
  await app.followed.stop()
  const { words } = await desk.get('/admin/digests/weekly', session)
  expect(words).toContain('What readers of No. 1 followed 1 call to action. Counted')
  expect(words).toContain('https://walks.example.org/ call to action 1')
})

test('the desk shows the next issue of a digest in every view, with its problems, and changes nothing', async () => {
  await using desk = await startDesk({
    articles: { 'tides.md': articleText({ title: 'Tides', body: '![](https://a.example.net/x.png)' }) },
  })
  const session = await desk.logIn()
  const overview = await desk.get('/admin', session)
  expect(overview.body).toContain('href="/admin/digests/weekly"')
  const page = await desk.get('/admin/digests/weekly', session)
  expect(page.words).toContain('The Test Tide <news@tide.example.org>'.replace('<', '&lt;').replace('>', '&gt;'))
  expect(page.words).toContain('The week: Tides An account of Tides, from the first boat to the last.')
  expect(page.words).toMatch(/1 article, \d+ KB as sent/)
  expect(page.words).toContain('the picture https://a.example.net/x.png has no alt text')
  const frames = await Promise.all(
    ['desktop', 'phone', 'dark', 'no-pictures'].map((view) => desk.get(`/admin/digests/weekly/frame/${view}`, session)),
  )
  const [light, , dark, bare] = frames
  for (const frame of frames) expect(frame.headers.get('Content-Security-Policy')).toContain('sandbox')
  expect(light?.body).toContain('@media not all')
  expect(dark?.body).toContain('@media all')
  expect(bare?.headers.get('Content-Security-Policy')).toContain("img-src 'none'")
  expect((await desk.get('/admin/digests/weekly/text', session)).body).toContain('Read in a browser: ')
  expect((await desk.get('/admin/digests/weekly/source', session)).body).toContain('List-Unsubscribe-Post: ')
  for (const path of ['/admin/digests/none', '/admin/digests/weekly/none', '/admin/digests/weekly/toString']) {
    expect((await desk.get(path, session)).status, path).toBe(404)
  }
  expect((await desk.get('/admin/digests/coast-daily', session)).words).toContain(
    'There is nothing to show: this digest has no articles yet.',
  )
  expect((await desk.get('/admin/digests/weekly')).status).toBe(303)
})

test('the page of an issue with very many articles does not wait for its mail, and shows the checks once it is rendered', async () => {
  const many = Array.from({ length: 90 }, (_, index) => [`tide-${index}.md`, articleText({ title: `Tide ${index}` })])
  await using desk = await startDesk({
    articles: Object.fromEntries(many),
    publication: publicationYaml.replace('weekly: {', 'weekly: { start_with: 90,'),
  })
  const session = await desk.logIn()
  const before = await desk.get('/admin/digests/weekly', session)
  expect(before.words).toContain('90 articles')
  expect(before.words).toContain('The mail of so many articles takes a moment.')
  expect(before.words).not.toContain('KB as sent')
  expect(before.body).toContain('src="/admin/digests/weekly/frame/desktop"')
  expect((await desk.get('/admin/digests/weekly/frame/desktop', session)).body).toContain('Tide 1')
  const after = await desk.get('/admin/digests/weekly', session)
  expect(after.words).toMatch(/90 articles, \d+ KB as sent/)
  expect(after.words).toMatch(/the checks read the first \d+ of 90 articles/)
  expect(after.words).not.toContain('The mail of so many articles takes a moment.')
})
