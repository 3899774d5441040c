import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { articleText, makeContent, publicationYaml } from '../support/content.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

/** A WebSub hub that records announcements, and rejects them until `accept` is set. */
async function startHub() {
  const announced: string[] = []
  let status = 204
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const form = new URLSearchParams(body)
    if (status < 300 && form.get('hub.mode') === 'publish') announced.push(new URL(form.get('hub.url') ?? '').pathname)
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    announced,
    url: `http://127.0.0.1:${port}/`,
    answer: (next: number) => {
      status = next
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const now = '2026-11-20T09:00:00Z'
const everyFormat = ['/atom.xml', '/feed.json', '/feed.xml']

test('changes are announced once they are served, also after downtime; drafts and future articles are not', async () => {
  await using hub = await startHub()
  const publication = `${publicationYaml}feeds: { hub: "${hub.url}" }\n`
  await using content = await makeContent({ 'one.md': articleText({ title: 'One', topics: ['craft'] }) }, publication)
  await using data = await dataFolder()
  const start = () => startService({ content: content.folder, data: data.folder, now })
  const announced = () => [...hub.announced].sort()
  let service = await start()
  await expect.poll(announced).toEqual(everyFormat)

  hub.announced.length = 0
  await content.write('articles/draft.md', articleText({ title: 'Secret', extra: 'draft: true\n' }))
  await content.write('articles/ahead.md', articleText({ title: 'Ahead', date: '2026-12-24' }))
  await content.write('articles/two.md', articleText({ title: 'Two', topics: ['coast'] }))
  const byAuthor = everyFormat.map((path) => `/authors/ruth-addlestone${path}`)
  const byTopic = everyFormat.map((path) => `/topics/coast${path}`)
  await expect.poll(announced, { timeout: 5_000 }).toEqual([...everyFormat, ...byAuthor, ...byTopic].sort())
  const feed = await (await service.fetch('/feed.xml')).text()
  expect(feed).toContain('Two')
  expect(feed).not.toMatch(/Secret|Ahead/)
  expect((await service.fetch('/feed.xml')).headers.get('link')).toBe(
    `<${hub.url}>; rel="hub", <${service.address.replace('127.0.0.1', 'localhost')}/feed.xml>; rel="self"`,
  )
  await service.stop()

  hub.announced.length = 0
  const port = new URL(service.address).port
  service = await startService({ content: content.folder, data: data.folder, now, env: { PORT: port } })
  await service.fetch('/feed.xml')
  await service.stop()
  expect(hub.announced).toEqual([])

  hub.answer(503)
  await content.write('articles/three.md', articleText({ title: 'Three' }))
  service = await startService({ content: content.folder, data: data.folder, now, env: { PORT: port } })
  await expect.poll(() => service.said(), { timeout: 5_000 }).toContain('call put off')
  await service.kill()
  hub.answer(204)
  await using last = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:02:00Z', env: { PORT: port } })
  await expect.poll(announced, { timeout: 5_000 }).toEqual(everyFormat)
  expect(await last.stop()).toBe(0)
})
