import { execFile } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { startScheduler } from '../../src/digests/schedule/scheduler.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { Sql, sql } from '../../src/platform/database/sql.ts'
import { readinessProblems, startReadiness } from '../../src/server/readiness.ts'
import { articleText, makeContent } from '../support/content.ts'
import { quietLog } from '../support/quiet.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'
import { startWorld } from '../support/world.ts'

test('ready needs a database that answers, readable content, and a scheduler that has run and is not stuck', async () => {
  await using world = await startWorld({ articles: { 'tides.md': articleText() } })
  const { app, clock } = world
  expect(await readinessProblems(app, undefined)).toEqual(['scheduler: has not run yet'])
  const scheduler = startScheduler(app.digests)
  expect(await readinessProblems(app, scheduler)).toEqual(['scheduler: has not run yet'])
  scheduler.trigger()
  await scheduler.stop()
  expect(await readinessProblems(app, scheduler)).toEqual([])

  const publication = () => {
    throw new Error('torn in two')
  }
  const failing = startScheduler({ ...app.digests, publication })
  failing.trigger()
  await failing.stop()
  expect(await readinessProblems(app, failing)).toEqual(['scheduler: due work failed: torn in two'])

  const stuck = startScheduler({ ...app.digests, database: { ...app.database, transaction: () => new Promise(() => {}) } })
  stuck.trigger()
  expect(await readinessProblems(app, stuck)).toEqual(['scheduler: has not run yet'])
  clock.advance(31 * 60_000)
  expect(await readinessProblems(app, stuck)).toEqual(['scheduler: is stuck in a run since 2026-11-20T09:00:00.000Z'])

  await rename(world.content.folder, `${world.content.folder}-away`)
  expect(await readinessProblems(app, scheduler)).toContain(`content: ${world.content.folder} cannot be read (ENOENT)`)
  await rename(`${world.content.folder}-away`, world.content.folder)
  const database = { ...app.database, probe: () => Promise.reject(new Error('gone')) }
  expect(await readinessProblems({ ...app, database }, scheduler)).toEqual(['database: cannot be written and read: gone'])
})

test('a database whose file is damaged or cannot grow is not ready, and neither is a sender whose lock file is replaced', async () => {
  await using data = await dataFolder()
  const file = join(data.folder, 'broadsheet.sqlite')
  const database = await openDatabase(file, quietLog)
  await migrate(database, migrations)
  await database.probe()
  // SQLITE_FULL, as on a full disk.
  const { page_count } = (await database.get<{ page_count: number }>(sql`PRAGMA page_count`)) ?? { page_count: 0 }
  await database.all(new Sql([`PRAGMA max_page_count = ${page_count}`], []))
  await expect(database.run(sql`INSERT INTO secrets (name, value) VALUES ('big', ${'x'.repeat(2_000_000)})`)).rejects.toThrow(/full/)
  await database.probe()

  const lock = await database.lock('sender')
  expect(lock?.isHeld()).toBe(true)
  await rename(`${file}.sender.lock`, `${file}.away`)
  expect(lock?.isHeld()).toBe(false)

  await database.all(sql`PRAGMA wal_checkpoint(TRUNCATE)`)
  const bytes = await readFile(file)
  await writeFile(file, bytes.fill(0x5a, 4_096))
  await expect(database.probe()).rejects.toThrow(/malformed|not a database/)
  await database.close()
})

test('asking is free: the check runs in the background, one at a time, and one that hangs is told', async () => {
  await using world = await startWorld({})
  const { app, clock } = world
  let probes = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const database = {
    ...app.database,
    probe: () => {
      probes++
      return promise
    },
  }
  const readiness = startReadiness({ app: { ...app, database }, scheduler: () => undefined, clock, log: quietLog })
  for (let n = 0; n < 1_000; n++) readiness.problems()
  expect(readiness.problems()).toEqual(['database: has not been checked yet', 'scheduler: has not run yet'])
  clock.advance(61_000)
  expect(readiness.problems()).toEqual(['database: does not answer since 2026-11-20T09:00:00.000Z', 'scheduler: has not run yet'])
  resolve()
  await readiness.stop()
  expect(readiness.problems()).toEqual(['scheduler: has not run yet'])
  expect(probes).toBe(1)
})

test('readyz names the part that is not ready; wrong methods get 405 with Allow', async () => {
  await using content = await makeContent({ 'tides.md': articleText() })
  await content.write('images/tide.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const readyz = async () => {
    const answer = await service.fetch('/readyz')
    return [answer.status, await answer.text()]
  }
  await expect.poll(readyz, { timeout: 20_000 }).toEqual([200, 'ready\n'])
  const headers = { Authorization: `Bearer ${adminToken}` }
  for (const [path, method, allowed] of [
    ['/healthz', 'POST', 'GET, HEAD'],
    ['/readyz', 'DELETE', 'GET, HEAD'],
    ['/metrics', 'POST', 'GET, HEAD'],
    ['/media/images/tide.svg', 'PUT', 'GET, HEAD'],
    ['/inbound/ses', 'GET', 'POST'],
    ['/api/v1/articles', 'POST', 'GET, HEAD'],
    ['/api/v1/issues/some', 'DELETE', 'GET, HEAD'],
    ['/api/v1/issues/some/retry', 'GET', 'POST'],
    ['/api/v1/subscribers/some', 'POST', 'DELETE, GET, HEAD, PATCH'],
    ['/api/v1/subscribers/import', 'PUT', 'DELETE, GET, HEAD, PATCH, POST'],
    ['/api/v1/suppressions', 'PUT', 'DELETE, GET, HEAD, POST'],
    ['/api/v1/sending/hold', 'PATCH', 'POST'],
  ] as const) {
    const refused = await service.fetch(path, { method, headers })
    expect([path, refused.status, refused.headers.get('Allow')]).toEqual([path, 405, allowed])
    if (path.startsWith('/api'))
      expect(await refused.json()).toMatchObject({ status: 405, detail: expect.stringContaining(`not ${method}`) })
    const asked = await service.fetch(path, { method: 'OPTIONS', headers })
    expect([path, asked.status, asked.headers.get('Allow')]).toEqual([path, 204, allowed])
  }
  expect((await service.fetch('/api/v1/nothing', { method: 'POST', headers })).status).toBe(404)
  expect((await service.fetch('/media/images/tide.svg', { method: 'HEAD' })).status).toBe(200)
  await rename(content.folder, `${content.folder}-away`)
  await expect.poll(readyz, { timeout: 30_000, interval: 500 }).toEqual([503, 'not ready: content\n'])
  await expect.poll(() => service.said(), { timeout: 30_000, interval: 500 }).toContain('cannot be read (ENOENT)')
  await rename(`${content.folder}-away`, content.folder)
})

test('a process that can write nothing more is not ready, still serves its feeds, and is ready again when it can', async () => {
  await using content = await makeContent({ 'tides.md': articleText() })
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const readyz = async () => {
    const answer = await service.fetch('/readyz')
    return [answer.status, await answer.text()]
  }
  await expect.poll(readyz, { timeout: 20_000 }).toEqual([200, 'ready\n'])
  // No file may be longer than one byte: every write fails, as on a full disk. The hard limit stays, so this can be undone.
  const limitFiles = (bytes: string) => promisify(execFile)('prlimit', ['--pid', String(service.pid), `--fsize=${bytes}:`])
  await limitFiles('1')
  await expect.poll(readyz, { timeout: 30_000, interval: 500 }).toEqual([503, expect.stringMatching(/^not ready: .*database/)])
  expect((await service.fetch('/feed.xml')).status).toBe(200)
  expect((await service.fetch('/healthz')).status).toBe(200)
  await limitFiles('unlimited')
  await expect.poll(readyz, { timeout: 30_000, interval: 500 }).toEqual([200, 'ready\n'])
})
