import { expect, test } from 'vitest'
import { articleText, publicationYaml } from '../../support/content.ts'
import { startSite } from './visitor.ts'

const articles = { 'tides.md': articleText({ title: 'Tides & <moons>', topics: ['coast'] }) }

test('HEAD is GET without the body, and a page that did not change is not sent again', async () => {
  await using site = await startSite({ articles })
  const got = await site.get('/articles/tides')
  const head = await site.send('/articles/tides', { method: 'HEAD' })
  expect([head.status, head.body, head.headers.get('ETag')]).toEqual([200, '', got.headers.get('ETag')])
  const again = await site.get('/articles/tides', { 'If-None-Match': got.headers.get('ETag') ?? '' })
  expect(again.status).toBe(304)
})

test('a wrong method gets 405 with Allow', async () => {
  await using site = await startSite({ articles })
  for (const [path, allowed] of [
    ['/', 'GET, HEAD'],
    ['/articles/tides', 'GET, HEAD'],
    ['/subscribe', 'GET, HEAD, POST'],
    ['/unsubscribe/x', 'GET, HEAD, POST'],
    ['/sitemap.xml', 'GET, HEAD'],
  ] as const) {
    const refused = await site.send(path, { method: 'DELETE' })
    expect([path, refused.status, refused.headers.get('Allow')]).toEqual([path, 405, allowed])
    const asked = await site.send(path, { method: 'OPTIONS' })
    expect([path, asked.status, asked.headers.get('Allow')]).toEqual([path, 204, allowed])
  }
})

test('the 404 page has the theme and links', async () => {
  await using site = await startSite({ articles })
  for (const path of ['/nothing', '/articles/', '/assets/nothing.css', '/assets/..%2Fhome.liquid', '/%2e%2e/package.json']) {
    const page = await site.get(path)
    expect(page.status, path).toBe(404)
    expect(page.words, path).toContain('There is no such page')
    expect(page.body, path).toContain('href="/articles/tides"')
  }
  expect((await site.get('/articles/%E0%A4%A')).status).toBe(400)
})

test('no page runs a script, frames another or sets a cookie; pictures may come from anywhere', async () => {
  await using site = await startSite({ articles })
  for (const path of ['/', '/articles/tides', '/subscribe', '/privacy', '/nothing', '/sitemap.xml', '/assets/style.css']) {
    const { headers, body } = await site.get(path)
    const policy = headers.get('Content-Security-Policy') ?? ''
    expect(policy, path).toContain("default-src 'none'")
    expect(policy, path).toContain('img-src http: https: data:')
    expect(policy, path).not.toContain('script-src')
    expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff')
    expect(headers.get('X-Frame-Options'), path).toBe('DENY')
    expect(headers.get('Set-Cookie'), path).toBeNull()
    expect(body, path).not.toMatch(/<script(?! type="application\/ld\+json")/)
    expect(body, path).not.toMatch(/ style=| onclick=/)
  }
})

test('pages with a token are not cached, send no referrer, and load nothing from other sites', async () => {
  await using site = await startSite({ articles })
  for (const path of ['/confirm/x', '/unsubscribe/x', '/preferences/x']) {
    const { status, headers, body } = await site.get(path)
    expect([path, status]).toEqual([path, 404])
    expect(headers.get('Cache-Control'), path).toBe('no-store')
    expect(headers.get('Referrer-Policy'), path).toBe('no-referrer')
    expect(headers.get('X-Robots-Tag'), path).toBe('noindex')
    expect(headers.get('Content-Security-Policy'), path).toContain("img-src 'self'")
    expect(body, path).not.toMatch(/<(?:img|link rel="stylesheet")[^>]*="https?:/)
  }
})

test('the style sheet carries accent and fonts, pages the logo, and the sheet is cached for ever at its versioned address', async () => {
  const theme = 'accent: { light: "#ffcc00", dark: "#224466" }\nfonts: { text: "Charter, serif" }\nlogo: images/logo.svg\n'
  const files = { 'images/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"/>' }
  await using site = await startSite({ articles, publication: publicationYaml + theme, files })
  const { body } = await site.get('/')
  expect(body).toContain('<img class="logo" src="/media/images/logo.svg" alt="The Test Tide">')
  const address = /<link rel="stylesheet" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const style = await site.get(address)
  expect(style.headers.get('Content-Type')).toBe('text/css; charset=utf-8')
  expect(style.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
  // Yellow on paper cannot be read: words keep the ink, and a button's label is dark.
  expect(style.body).toContain('--accent: #ffcc00; --on-accent: #16150f; --accent-words: #1c1a17')
  expect(style.body).toContain(':root { --serif: Charter, serif; }')
  expect((await site.get('/assets/style.css?v=old')).headers.get('Cache-Control')).toBe('no-cache')
})

test('crawlers find a sitemap, the rules for robots, and an icon', async () => {
  await using site = await startSite({ articles })
  const map = await site.get('/sitemap.xml')
  expect(map.headers.get('Content-Type')).toContain('application/xml')
  expect(map.body).toContain('<loc>https://tide.example.org/articles/tides</loc><lastmod>')
  expect(map.body).toContain('<loc>https://tide.example.org/authors/ruth-addlestone</loc>')
  expect((await site.get('/robots.txt')).body).toContain('Sitemap: https://tide.example.org/sitemap.xml')
  const icon = await fetch(`${site.origin}/favicon.ico`)
  expect(icon.headers.get('Content-Type')).toBe('image/vnd.microsoft.icon')
  expect([...new Uint8Array(await icon.arrayBuffer()).subarray(0, 4)]).toEqual([0, 0, 1, 0])
})

test('pages link without a host, so that they work under any host name', async () => {
  await using site = await startSite({ articles })
  const body = (await site.get('/')).body.replace(/<head>[\s\S]*<\/head>/, '')
  expect(body).toContain('href="/articles/tides"')
  expect(body).not.toContain('href="https://tide.example.org')
})
