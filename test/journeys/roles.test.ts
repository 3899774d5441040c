import { createServer, request as httpRequest } from 'node:http'
import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { articleText, makeContent } from '../support/content.ts'
import { freshDatabase } from '../support/databases.ts'
import { quietLog } from '../support/quiet.ts'
import { insertReaders } from '../support/readers.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'

/** Several processes of the service start one after the other. */
const patienceMs = 180_000

const headers = { Authorization: `Bearer ${adminToken}` }
const secret = 'the secret of all processes'

test(
  'two web processes behind a plain proxy and two workers: sign-up on one, confirm on the other, one issue, the desk on both',
  async () => {
    await using content = await makeContent({ 'one.md': articleText({ title: 'Low water', topics: ['coast'] }) })
    await using data = await dataFolder()
    await using receiver = await startReceiver()
    const { address } = await freshDatabase('postgres')
    const database = await openDatabase(address, quietLog)
    await migrate(database, migrations)
    await using proxy = await startTurningProxy()
    let now = '2026-11-21T09:00:00Z'
    const start = (ROLE: string) =>
      startService({
        content: content.folder,
        data: data.folder,
        now,
        env: { ROLE, DATABASE_URL: address, SMTP_URL: receiver.url, SECRET: secret, PUBLIC_URL: proxy.address, TRUST_PROXY: '1' },
      })
    await using first = await start('web')
    await using second = await start('web')
    await using worker = await start('worker')
    await using other = await start('worker')
    const all = [first, second, worker, other]
    proxy.turnTo([first, second])

    for (const one of all) await expect.poll(async () => (await one.fetch('/readyz')).status, { timeout: 60_000 }).toBe(200)
    expect((await worker.fetch('/healthz')).status).toBe(200)
    expect(await (await worker.fetch('/metrics', { headers })).text()).toContain('broadsheet_articles 1')
    for (const path of ['/', '/feed.xml', '/admin', '/api/v1/issues', '/subscribe', '/inbound/ses'])
      expect([path, (await worker.fetch(path, { headers })).status]).toEqual([path, 404])

    const form = new URLSearchParams({ email: 'ann@example.org', digests: 'weekly' })
    const asked = await proxy.fetch('/subscribe', { method: 'POST', body: form })
    expect(asked.status).toBeLessThan(400)
    const confirmation = await receiver.next(({ to }) => to === 'ann@example.org')
    const link = /\/confirm\/[\w.~-]+/.exec(confirmation.mail.text ?? '')?.[0] ?? ''
    expect(proxy.lastServedBy()).toBe(first.address)
    expect((await proxy.fetch(link, { method: 'POST' })).status).toBeLessThan(400)
    expect(proxy.lastServedBy()).toBe(second.address)
    expect(await database.get(sql`SELECT state FROM subscriptions`)).toEqual({ state: 'confirmed' })
    // The link works once, on whichever process.
    expect((await proxy.fetch(link, { method: 'POST' })).status).toBe((await proxy.fetch(link, { method: 'POST' })).status)

    // Both serve the same bytes, with the same validator, so that a client is answered 304 by either.
    const [one, two] = await Promise.all([first.fetch('/feed.xml'), second.fetch('/feed.xml')])
    expect(one.headers.get('etag')).toBe(two.headers.get('etag'))
    expect(await one.text()).toBe(await two.text())
    await content.write('articles/two.md', articleText({ title: 'High water', topics: ['coast'] }))
    const titles = async (service: Service) => {
      const response = await service.fetch('/feed.xml')
      return [response.headers.get('etag'), (await response.text()).includes('High water')]
    }
    await expect.poll(async () => (await titles(first))[1], { timeout: 60_000 }).toBe(true)
    await expect.poll(async () => titles(second), { timeout: 60_000 }).toEqual(await titles(first))

    const session = await signIn(first)
    for (const desk of [first, second]) expect((await desk.fetch('/admin', { headers: { Cookie: session } })).status).toBe(200)

    await insertReaders(database, 40)
    now = '2026-11-23T08:00:20Z'
    await Promise.all(all.map((service) => service.setClock(now)))
    const issues = () => receiver.received.filter(({ source }) => source.includes('<weekly.'))
    await expect.poll(() => issues().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(41)
    await expect
      .poll(async () => (await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM issues WHERE state <> 'finished'`))?.n)
      .toBe(0)
    expect(new Set(issues().map(({ to }) => to)).size).toBe(issues().length)

    // What a web process enqueues is sent by a worker.
    await first.fetch('/api/v1/digests/weekly/test', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ to: 'editor@example.org' }),
    })
    await receiver.next(({ to }) => to === 'editor@example.org')
    // The result of the last message is written a moment after the receiver has it.
    const leased = async () => (await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries WHERE lease IS NOT NULL`))?.n
    await expect.poll(leased, { timeout: 60_000 }).toBe(0)
    await Promise.all(all.map((service) => service.stop()))
    await database.close()
  },
  patienceMs,
)

test(
  'a list that is uploaded at a web process is imported by a worker, and by another one where that is killed',
  async () => {
    await using content = await makeContent({})
    await using data = await dataFolder()
    await using receiver = await startReceiver()
    const { address } = await freshDatabase('postgres')
    const database = await openDatabase(address, quietLog)
    await migrate(database, migrations)
    const env = { DATABASE_URL: address, SMTP_URL: receiver.url, SECRET: secret }
    const start = (ROLE: string) =>
      startService({ content: content.folder, data: data.folder, now: '2026-11-21T09:00:00Z', env: { ...env, ROLE } })
    await using web = await start('web')
    const session = await signIn(web)
    const rows = 20_000
    const list = `email,name\n${Array.from({ length: rows }, (_, n) => `reader${n}@example.org,Reader ${n}\n`).join('')}`
    const upload = new FormData()
    upload.set('basis', 'consent')
    upload.set('digests', 'weekly')
    upload.set('file', new Blob([list], { type: 'text/csv' }), 'list.csv')
    const from = { Cookie: session, Origin: web.address }
    const stored = await web.fetch('/admin/readers/import', { method: 'POST', headers: from, body: upload })
    const run = stored.headers.get('location') ?? ''
    const fields = new URLSearchParams({ action: 'import', c0: 'email', c1: 'name' })
    expect((await web.fetch(run, { method: 'POST', headers: from, body: fields })).status).toBe(303)
    const state = async () => (await database.get<{ state: string }>(sql`SELECT state FROM import_uploads`))?.state
    const read = async () => (await database.get<{ n: number }>(sql`SELECT rows_read AS n FROM imports`))?.n ?? 0
    expect(await read()).toBe(0)
    const killed = await start('worker')
    await expect.poll(read, { timeout: 60_000, interval: 5 }).toBeGreaterThan(1_000)
    await killed.kill()
    expect(await read()).toBeLessThan(rows)
    await using worker = await start('worker')
    await worker.setClock('2026-11-21T09:02:00Z')
    await expect.poll(state, { timeout: 60_000 }).toBe('imported')
    expect(await database.get(sql`SELECT rows_read, taken FROM imports`)).toEqual({ rows_read: rows, taken: rows })
    expect(await database.get(sql`SELECT count(*) AS n FROM subscribers`)).toEqual({ n: rows })
    await Promise.all([web.stop(), worker.stop()])
    await database.close()
  },
  patienceMs,
)

async function signIn(service: Service): Promise<string> {
  const response = await service.fetch('/admin/login', {
    method: 'POST',
    headers: { Origin: service.address },
    body: new URLSearchParams({ token: adminToken }),
  })
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

/** A proxy that gives each request to the next service, as a load balancer does, and adds X-Forwarded-For. */
async function startTurningProxy() {
  let services: readonly Service[] = []
  let turn = 0
  let last = ''
  const server = createServer((request, response) => {
    const service = services[turn++ % services.length] as Service
    last = service.address
    const asked = httpRequest(
      new URL(request.url ?? '/', service.address),
      { method: request.method, headers: { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    request.pipe(asked)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    address,
    turnTo(next: readonly Service[]) {
      services = next
      turn = 0
    },
    lastServedBy: () => last,
    fetch: (path: string, init?: RequestInit) => fetch(new URL(path, address), { redirect: 'manual', ...init }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
