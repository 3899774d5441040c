import { describe, expect, test } from 'vitest'
import { articleText, publicationYaml } from '../../support/content.ts'
import { startSite } from './visitor.ts'

const three = {
  'gulls.md': articleText({ title: 'Gulls', date: '2026-11-08', topics: ['coast'] }),
  'knots.md': articleText({ title: 'Knots', date: '2026-11-09', topics: ['craft'] }),
  'tides.md': articleText({ title: 'Tides', date: '2026-11-10', topics: ['coast', 'craft'], body: 'The *water* rose.' }),
}

test('the front page leads with the newest article and lists the others in order', async () => {
  await using site = await startSite({ articles: three })
  const home = await site.get('/')
  expect(home.status).toBe(200)
  expect(home.body.match(/<article class="lead[\s\S]*?<\/article>/)?.[0]).toContain('Tides')
  expect(home.words).toMatch(/Tides.*An account of Tides.*Knots.*Gulls/)
  expect(home.body).toContain('<html lang="en" dir="ltr">')
})

test('an article is shown with hero, subtitle, byline, body, call to action and its neighbours', async () => {
  await using site = await startSite({ articles: three })
  const page = await site.get('/articles/knots')
  expect(page.status).toBe(200)
  expect(page.body).toMatch(/<img class="hero" src="https:\/\/pictures\.example\.org\/Knots\.jpg"/)
  expect(page.words).toMatch(/Knots What the harbour saw of Knots Ruth Addlestone · 9 November 2026 · 8 min read/)
  expect(page.words).toContain('Walk the quay with us on the first Sunday of the month')
  expect(page.body).toMatch(/<a class="button" href="#story"[^>]*>Read on<\/a>/)
  expect(page.body).toMatch(/rel="prev"[^>]*>Gulls</)
  expect(page.body).toMatch(/rel="next"[^>]*>Tides</)
  expect((await site.get('/articles/tides')).body).toContain('The <em>water</em> rose.')
})

test('what front matter says is text on the page, never markup', async () => {
  const title = '<b>AT&T</b> </script><script>alert(1)</script>'
  await using site = await startSite({ articles: { 'odd.md': articleText({ title }) } })
  const page = await site.get('/articles/odd')
  expect(page.body).not.toContain('<script>alert')
  expect(page.body).toContain('AT&amp;T &lt;/script&gt;&lt;script&gt;alert(1)')
  const data = JSON.parse(/<script type="application\/ld\+json">([\s\S]*?)<\/script>/.exec(page.body)?.[1] ?? '')
  expect(data).toMatchObject({
    '@type': 'Article',
    headline: 'AT&T </script><script>alert(1)</script>',
    datePublished: '2026-11-10T00:00:00.000Z',
  })
})

test('every page says what its address is, where the feeds are, and how to skip to its content', async () => {
  await using site = await startSite({ articles: three })
  for (const path of ['/', '/articles/tides', '/topics/coast', '/authors/ruth-addlestone', '/subscribe', '/privacy']) {
    const { body } = await site.get(path)
    expect(body, path).toContain(`<link rel="canonical" href="https://tide.example.org${path}">`)
    expect(body, path).toContain(`<meta property="og:url" content="https://tide.example.org${path}">`)
    expect(body, path).toContain('<a class="skip" href="#main">')
    expect(body.match(/<h1\b/g), path).toHaveLength(1)
    for (const file of ['feed.xml', 'atom.xml', 'feed.json']) expect(body, path).toContain(`href="https://tide.example.org/${file}"`)
  }
  expect((await site.get('/topics/coast')).body).toContain('href="https://tide.example.org/topics/coast/feed.xml"')
  const { body } = await site.get('/articles/tides')
  expect(body).toContain('<meta property="og:type" content="article">')
  expect(body).toContain('<meta property="og:image" content="https://pictures.example.org/Tides.jpg">')
})

test('a topic and an author have pages of their own; unknown ones get 404', async () => {
  await using site = await startSite({ articles: three })
  const coast = await site.get('/topics/coast')
  expect(coast.words).toContain('Coast and weather 2 articles')
  expect(coast.body).not.toContain('>Knots<')
  expect((await site.get('/authors/ruth-addlestone')).words).toContain('Ruth Addlestone 3 articles')
  expect((await site.get('/topics/nothing')).status).toBe(404)
  expect((await site.get('/authors/nobody')).status).toBe(404)
})

test('a topic without articles, and a publication without any, say so', async () => {
  await using site = await startSite({})
  expect((await site.get('/topics/craft')).words).toContain('Nothing has been published on this yet')
  const home = await site.get('/')
  expect(home.status).toBe(200)
  expect(home.words).toContain('The first article is still being written')
})

test('more than thirty articles are split into pages', async () => {
  const many = Array.from({ length: 32 }, (_, index) => [`a${index}.md`, articleText({ title: `Number ${index}` })])
  await using site = await startSite({ articles: Object.fromEntries(many) })
  const first = await site.get('/')
  expect(first.body.match(/<h2\b/g)).toHaveLength(31)
  expect(first.body).toContain('<a href="/?page=2" rel="next">')
  const second = await site.get('/?page=2')
  expect(second.body).toContain('<a href="/" rel="prev">')
  expect(second.words).toContain('Page 2 of 2')
  for (const page of ['0', '3', '-1', 'x', '1e1']) expect((await site.get(`/?page=${page}`)).status, page).toBe(404)
})

describe('a former address', () => {
  test('is gone when its article is withdrawn, and leads on when it has another slug', async () => {
    await using site = await startSite({ articles: three })
    const { content, app } = site.world
    await content.remove('articles/gulls.md')
    await content.write('articles/knots.md', articleText({ title: 'Knots', date: '2026-11-09', extra: 'slug: six-knots\n' }))
    await app.articles.reload(app.publication.current())
    expect((await site.get('/articles/gulls')).status).toBe(410)
    const moved = await site.get('/articles/knots')
    expect([moved.status, moved.headers.get('Location')]).toEqual([301, '/articles/six-knots'])
    expect((await site.get('/articles/never')).status).toBe(404)
  })
})

test('if articles live on another site, our pages name it as canonical and link each other', async () => {
  const publication = publicationYaml.replace('title:', 'articles: { links: "https://blog.example.org/{year}/{slug}/" }\ntitle:')
  await using site = await startSite({ articles: three, publication })
  const page = await site.get('/articles/knots')
  expect(page.status).toBe(200)
  expect(page.body).toContain('<link rel="canonical" href="https://blog.example.org/2026/knots/">')
  expect((await site.get('/')).body).toContain('href="/articles/knots"')
  expect((await site.get('/sitemap.xml')).body).not.toContain('blog.example.org')
})
