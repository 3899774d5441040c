import { expect, test } from 'vitest'
import { type ArticleQuery, listedArticle, pageOfArticles } from '../../../src/articles/article-list.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { startDesk } from './operator.ts'

const articles = {
  'tides.md': articleText({ title: 'Tides', topics: ['coast'] }),
  'deep/knots & <bends>.md': articleText({ title: 'Knots & <bends>', date: '2026-11-09', topics: ['craft'] }),
  'soon.md': articleText({ title: 'Soon', date: '2026-12-24' }),
  'draft.md': articleText({ title: 'Unready', extra: 'draft: true\n' }),
  'silent.md': articleText({ title: 'Silent', date: '2026-11-08', extra: 'mail: never\n' }),
  'paid.md': articleText({ title: 'Paid', date: '2026-11-07', extra: 'password: x\n' }),
  'bad.md': articleText({ date: '2026-13-40' }),
}

test('the list of articles shows each with its state, date, topics and issues, and filters by state and text', async () => {
  await using desk = await startDesk({ articles })
  const { app } = desk.world
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(app.digests, weekly, { articles: ['tides'] })
  const issueId = 'issue' in created ? created.issue.id : ''
  const session = await desk.logIn()
  const all = await desk.get('/admin/articles', session)
  expect(all.words).toContain('All 7 Published 3 Waiting 1 Drafts 1 Hidden 1 With an error 1 Problems 1')
  expect(all.words).toContain('Tides tides.md Published 10 Nov 2026 Coast and weather The week, No. 1')
  expect(all.body).toContain(`href="/admin/issues/${issueId}"`)
  expect(all.words).toMatch(/Soon soon\.md Waits until Thursday,? 24 December 2026 at 00:00/)
  expect(all.words).toMatch(/Unready draft\.md Draft –/)
  expect(all.words).toMatch(/bad\.md Not published: its file has an error 1 problem/)
  expect(all.words).toContain('Paid paid.md Hidden: protected: password')
  const hidden = await desk.get('/admin/articles?state=hidden', session)
  expect(hidden.words).toMatch(/1 article .* Paid paid\.md/)
  expect(hidden.words).not.toContain('tides.md')
  const found = await desk.get('/admin/articles?text=%20KNOTS%20%26&state=published', session)
  expect(found.words).toMatch(/1 article .* Knots &amp; &lt;bends&gt; deep\/knots &amp; &lt;bends&gt;\.md/)
  expect(found.body).toContain('value=" KNOTS &amp;"'.replace('" K', '" K'))
  for (const query of ['?state=toString', '?page=0', '?page=-1', '?page=x', '?page=999999', '?state=hidden&state=draft', '?text[]=a'])
    expect((await desk.get(`/admin/articles${query}`, session)).status, query).toBe(200)
})

test('an article shows its addresses, problems with file and line, and why each digest carries it or not', async () => {
  await using desk = await startDesk({ articles })
  const session = await desk.logIn()
  const list = await desk.get('/admin/articles', session)
  const links = [...list.body.matchAll(/<th scope="row"><a href="([^"]+)"/g)].map(([, href = '']) => href)
  expect(links).toHaveLength(7)
  for (const href of links) expect((await desk.get(href, session)).status, href).toBe(200)

  const knots = await desk.get('/admin/articles/deep/knots%20%26%20%3Cbends%3E.md', session)
  expect(knots.words).toContain('File articles/deep/knots &amp; &lt;bends&gt;.md')
  expect(knots.words).toMatch(
    /Page https:\/\/tide\.example\.org\/articles\/\S+ Feeds \/feed\.xml \/topics\/craft\/feed\.xml \/authors\/ruth-addlestone\/feed\.xml/,
  )
  expect(knots.words).toMatch(/The week Goes with the next issue, on Monday,? 23 November 2026 at 08:00\./)
  expect(knots.words).toContain('The coast, daily Left out: not about a topic of this digest.')
  expect((await desk.get('/admin/articles/tides', session)).words).toContain('File articles/tides.md')
  const bad = await desk.get('/admin/articles/bad.md', session)
  expect(bad.words).toMatch(/1 problem articles\/bad\.md:7 error publish_date /)
  expect((await desk.get('/admin/articles/silent.md', session)).words).toContain('The week Left out: mail: never.')
  for (const path of ['none.md', '..%2F..%2Fpublication.yaml', '%2e%2e/publication.yaml', '%00', 'constructor'])
    expect((await desk.get(`/admin/articles/${path}`, session)).status, path).toBe(404)
})

test('an empty list says how to make the first article', async () => {
  await using desk = await startDesk({ publication: 'title: Bare\n' })
  expect((await desk.get('/admin/articles', await desk.logIn())).words).toContain('There is no article yet. Put a Markdown file into')
})

test('the list has one row for each file, whatever its state, and pages without gaps', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [
      `a${index}.md`,
      articleText({ title: `Number ${index}`, date: `2026-10-${String((index % 28) + 1).padStart(2, '0')}` }),
    ]),
  )
  await using desk = await startDesk({ articles: { ...many, ...articles }, publication: publicationYaml })
  const snapshot = desk.world.app.articles.current()
  const query = (given: Partial<ArticleQuery>) => pageOfArticles(snapshot, { state: undefined, text: '', limit: 50, offset: 0, ...given })
  const pages = [0, 50, 100, 150].map((offset) => query({ offset }).articles.map(({ path }) => path))
  expect(pages.map((page) => page.length)).toEqual([50, 50, 27, 0])
  expect(new Set(pages.flat()).size).toBe(127)
  const { counts } = query({})
  expect(counts.published + counts.waiting + counts.draft + counts.hidden + counts.faulty).toBe(counts.all)
  expect(listedArticle(snapshot, 'a7.md')?.title).toBe('Number 7')
  const session = await desk.logIn()
  const second = await desk.get('/admin/articles?page=2&text=number', session)
  expect(second.words).toContain('Newer articles Page 2 of 3 Older articles')
  expect(second.body).toContain('href="/admin/articles?text=number&amp;page=3"')
})
