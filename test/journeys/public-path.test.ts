import { expect, test } from 'vitest'
import { png } from '../articles/files/image-bytes.ts'
import { articleText, makeContent } from '../support/content.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

const now = '2026-11-20T09:00:00Z'

test.each(['/news', ''])('below a public URL with a path, pages and feeds are served to a proxy that passes on %j', async (passed) => {
  await using content = await makeContent({ 'tide.md': articleText() })
  await content.write('images/boat.png', png(40, 30))
  await using data = await dataFolder()
  const env = { PUBLIC_URL: 'https://example.org/news' }
  await using service = await startService({ content: content.folder, data: data.folder, now, env })
  const get = (path: string) => service.fetch(passed + path)
  for (const path of [
    '/',
    '/feed.xml',
    '/atom.xml',
    '/feed.json',
    '/feeds.opml',
    '/articles/tide',
    '/media/images/boat.png',
    '/healthz',
    '/subscribe',
  ]) {
    expect((await get(path)).status, path).toBe(200)
  }
  expect((await get('/nowhere')).status).toBe(404)
  expect(await (await get('/feed.xml')).text()).toContain('https://example.org/news/articles/tide')
  // The links of a page lead below the path, where a browser finds them through the proxy.
  const home = await (await get('/')).text()
  for (const [, path = ''] of home.matchAll(/(?:href|src)="(\/[^/"][^"]*)"/g)) {
    expect(path).toMatch(/^\/news(?:[/?]|$)/)
    expect((await get(path.slice('/news'.length))).status, path).toBeLessThan(400)
  }
  const login = /\/admin\/login\/[\w-]+/.exec(service.said())?.[0] ?? ''
  const entered = await service.fetch(passed + login, { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })
  expect(entered.headers.get('location')).toBe('/news/admin')
  const cookie = entered.headers.get('set-cookie') ?? ''
  expect(cookie).toContain('Path=/news/admin')
  const desk = await service.fetch(`${passed}/admin`, { headers: { Cookie: cookie.split(';', 1)[0] ?? '' } })
  expect(desk.status).toBe(200)
})

test('the id of an Atom feed stays when the publication moves; its links follow', async () => {
  await using content = await makeContent({ 'tide.md': articleText({ topics: ['coast'] }) })
  await using data = await dataFolder()
  const idsAt = async (url: string | undefined) => {
    await using service = await startService({ content: content.folder, data: data.folder, now, env: url ? { PUBLIC_URL: url } : {} })
    const feeds: string[] = []
    for (const path of ['/atom.xml', '/topics/coast/atom.xml', '/issues/atom.xml']) feeds.push(await (await service.fetch(path)).text())
    await service.stop()
    return feeds.map((feed) => [/<id>([^<]*)/.exec(feed)?.[1], /rel="self" href="([^"]*)/.exec(feed)?.[1]])
  }
  const trial = await idsAt(undefined)
  expect(trial[0]?.[0]).toContain('localhost')
  const first = await idsAt('https://one.example.org')
  expect(first.map(([id]) => id)).toEqual([
    'https://one.example.org/atom.xml',
    'https://one.example.org/topics/coast/atom.xml',
    'https://one.example.org/issues/atom.xml',
  ])
  const second = await idsAt('https://two.example.org/blog')
  expect(second.map(([id]) => id)).toEqual(first.map(([id]) => id))
  expect(second[0]?.[1]).toBe('https://two.example.org/blog/atom.xml')
})
