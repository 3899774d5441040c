import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { App } from '../../src/app/rest.ts'
import { readConfig } from '../../src/config.ts'
import { openHttp } from '../../src/server/http.ts'
import { articleText } from '../support/content.ts'
import { quietLog } from '../support/quiet.ts'
import { startWorld, type World } from '../support/world.ts'

/** The request listener of `world`; the app opens when the test calls `finish`. */
async function openUnfinished(world: World) {
  await using parts = new AsyncDisposableStack()
  const reading = readConfig({ TEMPLATES_DIR: resolve('templates') }, tmpdir())
  if (!reading.ok) throw new Error(reading.errors.join('\n'))
  const { promise: restOpening, resolve: finish, reject: fail } = Promise.withResolvers<App>()
  restOpening.catch(() => {})
  const server = createServer(
    openHttp(
      reading.config,
      restOpening,
      world.published,
      quietLog,
      () => undefined,
      () => [],
    ),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  parts.defer(async () => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const owned = parts.move()
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers })
  return { port, get, finish: () => finish(world.app), fail, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('feeds are answered while the app opens; pages wait for it', async () => {
  await using world = await startWorld({})
  await using listener = await openUnfinished(world)
  const page = listener.get('/healthz')
  expect((await listener.get('/feed.xml')).status).toBe(200)
  listener.finish()
  expect((await page).status).toBe(200)
})

test('if the app cannot open, waiting page requests get 500', async () => {
  await using world = await startWorld({})
  await using listener = await openUnfinished(world)
  const page = listener.get('/')
  await listener.get('/feed.xml')
  listener.fail(new Error('no secret'))
  expect((await page).status).toBe(500)
})

test('a request target may be a whole URL, as proxies send it (RFC 9112 §3.2.2)', async () => {
  await using world = await startWorld({ articles: { 'tides.md': articleText({ title: 'Tides' }) } })
  await using listener = await openUnfinished(world)
  listener.finish()
  for (const [path, expected] of [
    ['http://news.example.net/feed.xml', '<rss'],
    ['HTTP://news.example.net:8080/articles/tides', 'Tides</h1>'],
    ['https://news.example.net', '<!doctype html>'],
  ] as const) {
    const asked = request({ host: '127.0.0.1', port: listener.port, path, agent: false }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    expect([path, answer.statusCode]).toEqual([path, 200])
    expect(await text(answer)).toContain(expected)
  }
})

test.each(['/', '/articles/tides', '/topics/craft', '/sitemap.xml'])('%s has a body and a validator for each coding', async (path) => {
  const articles = { 'tides.md': articleText({ title: 'Tides', topics: ['craft'], body: 'The water rose. '.repeat(300) }) }
  await using world = await startWorld({ articles })
  await using listener = await openUnfinished(world)
  listener.finish()
  const etags = new Set<string>()
  const bodies = new Set<string>()
  for (const coding of ['identity', 'gzip', 'br']) {
    const ask = (headers = {}) => listener.get(path, { 'Accept-Encoding': coding, ...headers })
    const first = await ask()
    expect([first.status, first.headers.get('Content-Encoding') ?? 'identity']).toEqual([200, coding])
    expect(first.headers.get('Vary')).toMatch(/Accept-Encoding/i)
    bodies.add(await first.text())
    const etag = first.headers.get('ETag') ?? ''
    etags.add(etag)
    const again = await ask({ 'If-None-Match': etag })
    expect([again.status, await again.text(), again.headers.get('ETag')]).toEqual([304, '', etag])
    expect(again.headers.get('Vary')).toMatch(/Accept-Encoding/i)
  }
  expect([etags.size, bodies.size]).toEqual([3, 1])
})

test('a page is written again for a new snapshot', async () => {
  await using world = await startWorld({ articles: { 'tides.md': articleText({ title: 'Tides' }) } })
  await using listener = await openUnfinished(world)
  listener.finish()
  const before = await listener.get('/')
  expect(await before.text()).toContain('Tides')
  await world.content.write('articles/gulls.md', articleText({ title: 'Gulls' }))
  await world.app.articles.reload(world.app.publication.current())
  const after = await listener.get('/', { 'If-None-Match': before.headers.get('ETag') ?? '' })
  expect(after.status).toBe(200)
  expect(await after.text()).toContain('Gulls')
})
