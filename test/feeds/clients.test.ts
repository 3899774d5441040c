import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { startReceiver } from '../support/receiver.ts'
import { dataFolder, type Service, startService } from '../support/spawned-service.ts'

// Real feed readers from Debian packages. Each test runs only where its reader is installed.
const run = promisify(execFile)
const has = (command: string, ...args: string[]) => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const feeds = ['/feed.xml', '/atom.xml', '/feed.json']
const hostile = `How &amp; <b>AT&T</b> "reads" ]]> ]]> it`

/** The service behind a proxy that logs requests and answers. */
async function startWatched() {
  await using parts = new AsyncDisposableStack()
  const content = parts.use(
    await makeContent({ 'one.md': articleText({ title: 'Low water' }), 'two.md': articleText({ title: hostile, date: '2026-11-12' }) }),
  )
  const data = parts.use(await dataFolder())
  const service = parts.use(await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' }))
  const answers: number[] = []
  const proxy = createServer((incoming, outgoing) => {
    const onward = request(
      new URL(incoming.url ?? '/', service.address),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        answers.push(answer.statusCode ?? 0)
        outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
        answer.pipe(outgoing)
      },
    )
    onward.end()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  parts.defer(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-reader-'))
  parts.defer(() => rm(folder, { recursive: true, force: true }))
  const { port } = proxy.address() as { port: number }
  const owned = parts.move()
  return { content, service, answers, folder, address: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function publish(
  world: { content: { write(path: string, text: string): Promise<void> }; service: Service },
  title: string,
): Promise<void> {
  await world.content.write('articles/new.md', articleText({ title, date: '2026-11-19' }))
  await expect.poll(async () => (await world.service.fetch('/feed.xml')).text(), { timeout: 10_000 }).toContain(title)
}

test.runIf(has('xmllint', '--version'))('xmllint finds every XML document well formed', async () => {
  await using world = await startWatched()
  for (const path of ['/feed.xml', '/atom.xml', '/topics/craft/feed.xml', '/feeds.opml', '/sitemap.xml']) {
    const file = join(world.folder, 'document.xml')
    const response = await fetch(world.address + path)
    if (response.status === 404) continue
    await writeFile(file, await response.text())
    const { stderr } = await run('xmllint', ['--noout', '--nonet', file])
    expect(stderr).toBe('')
  }
})

const python = '/usr/bin/python3'
const parse = `
import feedparser, json, sys
first = feedparser.parse(sys.argv[1])
second = feedparser.parse(sys.argv[1], etag=first.get('etag'), modified=first.get('modified'))
print(json.dumps({'bozo': bool(first.bozo), 'titles': [e.title for e in first.entries], 'ids': [e.id for e in first.entries], 'second': second.status, 'entries': len(second.entries)}))
`

test.runIf(has(python, '-c', 'import feedparser'))(
  'feedparser reads RSS and Atom without complaint, the same ids in both, and its second poll is 304',
  async () => {
    await using world = await startWatched()
    const results = await Promise.all(
      ['/feed.xml', '/atom.xml'].map(async (path) => JSON.parse((await run(python, ['-c', parse, world.address + path])).stdout)),
    )
    for (const result of results) {
      expect(result).toMatchObject({ bozo: false, second: 304, entries: 0 })
      expect(result.titles).toHaveLength(2)
    }
    expect(results[0].ids).toEqual(results[1].ids)
  },
)

test.runIf(has('newsboat', '--version'))('newsboat gets a new article once, and a 304 where nothing is new', async () => {
  await using world = await startWatched()
  const urls = join(world.folder, 'urls')
  await writeFile(
    urls,
    feeds
      .slice(0, 2)
      .map((path) => `${world.address}${path}\n`)
      .join(''),
  )
  await writeFile(join(world.folder, 'config'), 'reload-threads 1\n')
  const args = ['-q', '-u', urls, '-c', join(world.folder, 'cache.db'), '-C', join(world.folder, 'config')]
  const environment = { env: { PATH: process.env.PATH, HOME: world.folder, LANG: 'C.UTF-8' } }
  const reload = () => run('newsboat', [...args, '-x', 'reload'], environment)
  const unread = async () => Number(/\d+/.exec((await run('newsboat', [...args, '-x', 'print-unread'], environment)).stdout)?.[0])
  await reload()
  expect(world.answers).toEqual([200, 200])
  // Two articles, each with the same id in both formats.
  expect(await unread()).toBe(2)
  // It sends validators from its third poll.
  await reload()
  await reload()
  expect(world.answers.slice(4)).toEqual([304, 304])
  await publish(world, 'Spring tide')
  await reload()
  await reload()
  // newsboat requests deltas (A-IM: feed), so it gets new entries only.
  expect(world.answers.slice(6)).toEqual([226, 226, 304, 304])
  expect(await unread()).toBe(3)
})

test.runIf(has('r2e', '--version'))('rss2email mails each article once', async () => {
  await using world = await startWatched()
  await using receiver = await startReceiver()
  const config = join(world.folder, 'rss2email.cfg')
  await mkdir(join(world.folder, 'home'))
  await writeFile(
    config,
    `[DEFAULT]\nfrom = r2e@example.org\nto = reader@example.org\nemail-protocol = smtp\nsmtp-server = 127.0.0.1:${receiver.port}\nsmtp-auth = False\nsmtp-ssl = False\n[feed.tide]\nurl = ${world.address}/atom.xml\n`,
  )
  const environment = { env: { PATH: process.env.PATH, HOME: join(world.folder, 'home'), LANG: 'C.UTF-8' } }
  const poll = () => run('r2e', ['-c', config, '-d', join(world.folder, 'data.json'), 'run'], environment)
  await poll()
  expect(receiver.received).toHaveLength(2)
  await poll()
  expect(world.answers.at(-1)).toBe(304)
  await publish(world, 'Spring tide')
  await poll()
  await poll()
  expect(receiver.received.map(({ mail }) => mail.subject)).toHaveLength(3)
  expect(receiver.received[2]?.mail.subject).toContain('Spring tide')
  expect(await readFile(join(world.folder, 'data.json'), 'utf8')).toContain('urn:uuid:')
})
