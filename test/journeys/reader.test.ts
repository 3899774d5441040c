import { expect, test } from 'vitest'
import { articleText, makeContent, publicationYaml } from '../support/content.ts'
import { type Engine, freshDatabase } from '../support/databases.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

test.each<Engine>(['sqlite', 'postgres'])(
  'a reader signs up, confirms, gets the digest at its slot, unsubscribes with one click, and gets no more (%s)',
  async (engine) => {
    const titles = ['Low water', 'High water', 'Slack water']
    const articles = Object.fromEntries(titles.map((title, index) => [`${index}.md`, articleText({ title, date: `2026-11-1${index}` })]))
    await using content = await makeContent(articles)
    await using data = await dataFolder()
    await using receiver = await startReceiver()
    const database = await freshDatabase(engine)
    const env = { SMTP_URL: receiver.url, ...(engine === 'postgres' ? { DATABASE_URL: database.address } : {}) }
    await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env })

    for (const path of ['/feed.xml', '/atom.xml', '/feed.json']) {
      const feed = await (await service.fetch(path)).text()
      for (const title of titles) expect(feed).toContain(title)
    }

    const body = new URLSearchParams({ email: 'ada@example.org', digests: 'weekly' })
    const asked = await service.fetch('/subscribe', { method: 'POST', headers: form, body })
    expect(asked.status).toBe(200)
    const confirmation = await receiver.next(({ to }) => to === 'ada@example.org')
    const confirmPath = /\/confirm\/[\w-]+/.exec(confirmation.mail.text ?? '')?.[0] ?? ''
    expect((await service.fetch(confirmPath)).status).toBe(200)
    expect((await service.fetch(confirmPath, { method: 'POST' })).status).toBe(200)
    await receiver.next(({ source }) => source.includes('/preferences/'))

    await service.setClock('2026-11-23T08:00:10Z')
    const { mail, source } = await receiver.next((one) => one.source.includes('<weekly.tide.example.org>'))
    expect(mail.subject).toBe('The week: Slack water')
    const text = mail.text?.replace(/\s+/g, ' ')
    for (const title of titles) {
      for (const part of [mail.html || '', text ?? '']) {
        expect(part).toContain(`the kettle is on: ${title}.`)
        expect(part).toContain(title)
      }
      expect(mail.html).toContain(`src="https://pictures.example.org/${encodeURIComponent(title)}.jpg"`)
    }
    for (const index of [0, 1, 2]) expect(mail.html).toContain(`${service.address.replace('127.0.0.1', 'localhost')}/articles/${index}`)
    expect(source).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
    const oneClick = /^List-Unsubscribe: <([^>]+)>\r$/m.exec(source)?.[1] ?? ''
    const left = await fetch(oneClick.replace('localhost', '127.0.0.1'), {
      method: 'POST',
      headers: form,
      body: 'List-Unsubscribe=One-Click',
      redirect: 'manual',
    })
    expect(left.status).toBe(200)
    expect(left.headers.get('set-cookie')).toBeNull()

    await content.write('articles/new.md', articleText({ title: 'Spring tide', date: '2026-11-24' }))
    await service.setClock('2026-11-25T08:00:00Z')
    await feedShows(service, 'Spring tide')
    await service.setClock('2026-11-30T08:00:10Z')
    const issue = await issueOf(service, 2)
    expect(issue).toMatchObject({ digest: 'weekly', state: 'finished', counts: { audience: 0, sent: 0 } })
    expect(receiver.received.filter((one) => one.source.includes('<weekly.tide.example.org>'))).toHaveLength(1)
    expect(await service.stop()).toBe(0)
  },
)

test('a folder with one article is a complete publication with a feed, a page and a hint for the next step', async () => {
  await using content = await makeContent({}, null)
  await content.write('only.md', articleText({ title: 'The only one' }))
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  expect(await (await service.fetch('/feed.xml')).text()).toContain('The only one')
  expect((await service.fetch('/articles/only')).status).toBe(200)
  expect(service.said()).toContain('There is no publication.yaml')
})

test('a test issue contains a new article, whatever its date', async () => {
  await using content = await makeContent({ 'seed.md': articleText({ title: 'An old one', date: '2025-02-08' }) }, publicationYaml)
  await using data = await dataFolder()
  await using receiver = await startReceiver()
  await using service = await startService({
    content: content.folder,
    data: data.folder,
    now: '2026-11-20T09:00:00Z',
    env: { SMTP_URL: receiver.url },
  })
  const sent = await service.fetch('/api/v1/digests/weekly/test', {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to: 'me@example.org' }),
  })
  expect(sent.status).toBe(202)
  const { mail } = await receiver.next(({ to }) => to === 'me@example.org')
  expect(mail.subject).toBe('The week: An old one')
})

test('an article is sent after its delay, and in the weekly to a reader who left the instant digest', async () => {
  const instant = 'digests:\n  instant: { title: As it happens, schedule: on_publish, delay: 15m }'
  await using content = await makeContent({}, publicationYaml.replace('digests:', instant))
  await using data = await dataFolder()
  await using receiver = await startReceiver()
  const env = { SMTP_URL: receiver.url }
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env })
  const body = new URLSearchParams([
    ['email', 'ada@example.org'],
    ['digests', 'weekly'],
    ['digests', 'instant'],
  ])
  await service.fetch('/subscribe', { method: 'POST', headers: form, body })
  const confirmation = await receiver.next(() => true)
  await service.fetch(/\/confirm\/[\w-]+/.exec(confirmation.mail.text ?? '')?.[0] ?? '', { method: 'POST' })
  await receiver.next(({ source }) => source.includes('/preferences/'))
  const ofDigest = (name: string) => receiver.received.filter(({ source }) => source.includes(`<${name}.tide.example.org>`))

  await content.write('articles/first.md', articleText({ title: 'First light', date: '2026-11-20', body: 'The lamp went out at six.' }))
  await feedShows(service, 'First light')
  await service.setClock('2026-11-20T09:14:00Z')
  expect(await issueOf(service, 1, 'instant', 'none')).toBeUndefined()
  await service.setClock('2026-11-20T09:15:30Z')
  const { mail, source } = await receiver.next((one) => one.source.includes('<instant.tide.example.org>'))
  expect(mail.subject).toBe('First light')
  expect(mail.text).toContain('The lamp went out at six.')

  const oneClick = /^List-Unsubscribe: <([^>]+)>\r$/m.exec(source)?.[1] ?? ''
  const left = await service.fetch(new URL(oneClick).pathname, { method: 'POST', headers: form, body: 'List-Unsubscribe=One-Click' })
  expect(left.status).toBe(200)
  await content.write('articles/second.md', articleText({ title: 'Second bell', date: '2026-11-20' }))
  await feedShows(service, 'Second bell')
  await service.setClock('2026-11-20T10:00:00Z')
  expect(await issueOf(service, 2, 'instant')).toMatchObject({ counts: { audience: 0, sent: 0 } })
  await service.setClock('2026-11-23T08:00:10Z')
  expect(await issueOf(service, 1)).toMatchObject({ counts: { audience: 1, sent: 1 } })
  const [weekly, ...more] = ofDigest('weekly')
  expect(more).toEqual([])
  for (const title of ['First light', 'Second bell']) expect(weekly?.mail.text).toContain(title)
  expect(ofDigest('instant')).toHaveLength(1)
})

async function feedShows(service: { fetch(path: string): Promise<Response> }, title: string): Promise<void> {
  await expect.poll(async () => (await service.fetch('/feed.xml')).text(), { timeout: 10_000 }).toContain(title)
}

type Issue = { readonly digest: string; readonly number: number; readonly state: string }

/** Waits until an issue is finished and returns it. With `none`, does not wait. */
async function issueOf(
  service: { fetch(path: string, init?: RequestInit): Promise<Response> },
  number: number,
  digest = 'weekly',
  state: 'finished' | 'none' = 'finished',
): Promise<Issue | undefined> {
  const headers = { Authorization: `Bearer ${adminToken}` }
  const read = async () => {
    const { items } = (await (await service.fetch('/api/v1/issues', { headers })).json()) as { items: Issue[] }
    return items.find((one) => one.digest === digest && one.number === number)
  }
  if (state === 'finished') await expect.poll(async () => (await read())?.state, { timeout: 10_000 }).toBe('finished')
  return read()
}
