import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { articleText, makeContent } from '../support/content.ts'
import { startPostgres } from '../support/postgres.ts'
import { quietLog } from '../support/quiet.ts'
import { insertReaders } from '../support/readers.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const headers = { Authorization: `Bearer ${adminToken}` }

test('while PostgreSQL is away feeds are served and the rest is 503 with Retry-After; once it is back the issue goes out, without a restart', async () => {
  await using content = await makeContent({ 'one.md': articleText({ title: 'Low water', topics: ['coast'] }) })
  await using data = await dataFolder()
  await using receiver = await startReceiver()
  const server = await startPostgres()
  const address = server.url('postgres')
  try {
    const database = await openDatabase(address, quietLog)
    await migrate(database, migrations)
    await insertReaders(database, 25)
    const env = { DATABASE_URL: address, SMTP_URL: receiver.url, SECRET: 'the secret of one process' }
    await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-21T09:00:00Z', env })
    const ready = async () => {
      const response = await service.fetch('/readyz')
      return [response.status, await response.text()]
    }
    await expect.poll(ready, { timeout: 20_000 }).toEqual([200, 'ready\n'])
    await service.fetch('/')

    await server.halt()
    const asked = async (path: string, init: RequestInit = {}) => {
      const response = await service.fetch(path, { headers, ...init })
      return [path, response.status, response.headers.get('Retry-After')]
    }
    const form = { method: 'POST', body: new URLSearchParams({ email: 'ann@example.org', digests: 'weekly' }) }
    expect(await asked('/subscribe', form)).toEqual(['/subscribe', 503, '5'])
    expect(await asked('/api/v1/issues')).toEqual(['/api/v1/issues', 503, '5'])
    expect(await asked('/admin', { headers: { Cookie: 'broadsheet_session=nobody' } })).toEqual(['/admin', 503, '5'])
    expect(await asked('/issues')).toEqual(['/issues', 503, '5'])
    for (const path of ['/feed.xml', '/atom.xml', '/feed.json', '/', '/healthz']) expect(await asked(path)).toEqual([path, 200, null])
    await expect.poll(ready, { timeout: 5_000 }).toEqual([503, expect.stringMatching(/^not ready: .*database/)])
    const unanswered = await service.fetch('/api/v1/issues', { headers })
    expect(unanswered.headers.get('X-Request-Id')).toMatch(/^[\da-f]{32}$/)
    await expect.poll(() => service.said()).toContain(`"requestId":"${unanswered.headers.get('X-Request-Id')}"`)
    const told = await (await service.fetch('/metrics', { headers })).text()
    expect(told).toContain('\nbroadsheet_database_up 0\n')
    expect(told).toContain('broadsheet_feed_responses_total{status="200"}')
    // The slot comes while nothing can be written.
    await service.setClock('2026-11-23T08:00:20Z')

    await server.start()
    const weekly = () => receiver.received.filter(({ source }) => source.includes('<weekly.')).map(({ to }) => to)
    await expect.poll(() => weekly().length, { timeout: 40_000 }).toBe(25)
    expect(new Set(weekly()).size).toBe(25)
    await expect.poll(ready, { timeout: 20_000 }).toEqual([200, 'ready\n'])
    expect(await asked('/subscribe', form)).not.toEqual(['/subscribe', 503, '5'])
    expect(await database.all(sql`SELECT state, count(*) AS n FROM deliveries WHERE priority = 2 GROUP BY state`)).toEqual([
      { state: 'sent', n: 25 },
    ])
    // One failure of each job at most, not one every two seconds.
    expect(
      service
        .said()
        .split('\n')
        .filter((line) => line.includes('"level":50')).length,
    ).toBeLessThan(20)
    expect(await service.stop()).toBe(0)
    await database.close()
  } finally {
    await server.stop()
  }
}, 180_000)
