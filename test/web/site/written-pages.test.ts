import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { Snapshot } from '../../../src/articles/article.ts'
import { WrittenPages } from '../../../src/web/site/written-pages.ts'
import { articleText } from '../../support/content.ts'
import { startWorld } from '../../support/world.ts'
import { publicRoutes, serve } from './visitor.ts'

const walking = ['/', '/?page=2', '/sitemap.xml', '/authors/ruth-addlestone', '/topics/coast']

test('pages about all articles walk them once for a snapshot, however many ask', async () => {
  const articles = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`${n}.md`, articleText({ title: `Tide ${n}`, topics: ['coast'] })]),
  )
  await using world = await startWorld({ articles })
  // Counts the articles that are taken from the list of all.
  let taken = 0
  const counting = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    articles: new Proxy(snapshot.articles, {
      get(list, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) taken++
        return Reflect.get(list, key)
      },
    }),
  })
  const counted = new Map<Snapshot, Snapshot>()
  const current = () => {
    const snapshot = world.app.articles.current()
    const known = counted.get(snapshot) ?? counting(snapshot)
    counted.set(snapshot, known)
    return known
  }
  const app = { ...world.app, articles: { ...world.app.articles, current, find: (slug: string) => world.app.articles.find(slug) } }
  await using site = await serve({ '/': publicRoutes({ ...world, app } as typeof world, undefined) })
  const askAll = async () => {
    for (const visit of await Promise.all(walking.map((path) => site.get(path)))) expect(visit.status).toBe(200)
  }
  await askAll()
  const once = taken
  expect(once).toBeGreaterThan(0)
  for (let n = 0; n < 20; n++) await askAll()
  // Two lists of 30 are cut out before it is known that their pages are written.
  const eachTime = (taken - once) / 20
  expect(eachTime).toBeLessThanOrEqual(60)
  expect(counted.size).toBe(1)
})

test('a page is written once for those who ask together, again for a new snapshot, and not under other spellings', async () => {
  const publication = {} as ReturnType<ConstructorParameters<typeof WrittenPages>[0]>
  let snapshot = {} as Snapshot
  let written = 0
  const pages = new WrittenPages(
    () => publication,
    () => snapshot,
  )
  const server = createServer((request, response) => {
    if (pages.answer(request, response)) return
    void pages.send(request, response, '/', async () => {
      written++
      return { body: `page ${written}`, type: 'text/plain', cacheControl: 'no-cache' }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  expect(new Set(await Promise.all(Array.from({ length: 50 }, (_, n) => ask(`/?${n}`))))).toEqual(new Set(['page 1']))
  snapshot = {} as Snapshot
  expect([await ask('/'), await ask('/?x'), written]).toEqual(['page 2', 'page 2', 2])
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})
