import { expect, test } from 'vitest'
import { articleText, publicationYaml } from '../../support/content.ts'
import { startSite } from './visitor.ts'

const file = (title: string, extra: string, date = '2026-11-10') =>
  articleText({ title, date, topics: ['coast'], extra: `${extra}\n`, body: `The words of ${title}.` })

const articles = {
  'plain.md': file('Plain', 'lang: en'),
  'other.md': file('Other', 'lang: en', '2026-11-09'),
  'private.md': file('Private', 'private: true'),
  'password.md': file('Password', 'password: swordfish'),
  'unlisted.md': file('Unlisted', 'build: { list: never }'),
  'noindex.md': file('Noindex', 'sitemap: false', '2026-11-08'),
  'over.md': file('Over', 'expiryDate: 2026-11-12'),
}

const lists = ['/', '/topics/coast', '/authors/ruth-addlestone', '/articles/plain', '/nowhere']

test('what an author hides is on no page and in no list of addresses', async () => {
  await using site = await startSite({ articles })
  for (const path of [...lists, '/sitemap.xml']) {
    const { body } = await site.get(path)
    for (const slug of ['private', 'password', 'unlisted', 'over']) expect(body, `${path} ${slug}`).not.toContain(`/articles/${slug}`)
  }
  for (const slug of ['private', 'password', 'over']) {
    const page = await site.get(`/articles/${slug}`)
    expect(page.status, slug).toBe(slug === 'over' ? 410 : 404)
    expect(page.body, slug).not.toContain('The words of')
  }
})

test('an unlisted article has a page with noindex and without neighbours', async () => {
  await using site = await startSite({ articles })
  const page = await site.get('/articles/unlisted')
  expect(page.status).toBe(200)
  expect(page.words).toContain('The words of Unlisted')
  expect(page.headers.get('x-robots-tag')).toBe('noindex')
  expect(page.body).toContain('<meta name="robots" content="noindex">')
  expect(page.body).not.toMatch(/rel="(?:prev|next)"/)
  const plain = await site.get('/articles/plain')
  expect(plain.headers.get('x-robots-tag')).toBeNull()
  expect(plain.body).not.toContain('name="robots"')
})

test('an article that search engines must not list is on every list but the sitemap', async () => {
  await using site = await startSite({ articles })
  expect((await site.get('/')).body).toContain('/articles/noindex')
  expect((await site.get('/sitemap.xml')).body).not.toContain('/articles/noindex')
  expect((await site.get('/articles/noindex')).headers.get('x-robots-tag')).toBe('noindex')
})

test('an article goes when its time is over, and its address says when', async () => {
  await using site = await startSite({ articles: { ...articles, 'soon.md': file('Soon', 'expires: 2026-11-21') } })
  expect((await site.get('/articles/soon')).status).toBe(200)
  const changed = new Promise<void>((resolve) => void site.world.app.articles.onChange(() => resolve()))
  site.world.clock.set('2026-11-21T00:00:00Z')
  await changed
  const page = await site.get('/articles/soon')
  expect(page.status).toBe(410)
  expect(page.words).toContain('This article expired on 21 November 2026')
  expect((await site.get('/')).body).not.toContain('/articles/soon')
})

test('articles.show makes hidden articles like all others', async () => {
  const publication = `${publicationYaml}articles: { show: [unlisted, expired, protected] }\n`
  await using site = await startSite({ articles, publication })
  const [home, sitemap] = [await site.get('/'), await site.get('/sitemap.xml')]
  for (const slug of ['password', 'unlisted', 'over']) {
    expect(home.body, slug).toContain(`/articles/${slug}`)
    expect(sitemap.body, slug).toContain(`/articles/${slug}`)
    expect((await site.get(`/articles/${slug}`)).headers.get('x-robots-tag'), slug).toBeNull()
  }
  expect((await site.get('/articles/private')).status).toBe(404)
})
