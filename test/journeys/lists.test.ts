import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const list = 'email,name,status\nada@example.org,Ada,subscribed\nbob@example.org,Bob,unsubscribed\nno address,C,subscribed\n'

test('HTTP and the command line import and export a list alike, also beside a running server', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const file = join(data.folder, 'list.csv')
  await writeFile(file, list)
  const post = (query: string, body: string, type = 'text/csv') =>
    service.fetch(`/api/v1/subscribers/import?${query}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': type },
      body,
    })
  const env = { CONTENT_DIR: content.folder, DATA_DIR: join(data.folder, 'data') }
  const run = (...args: string[]) => command(['subscribers', ...args], { cwd: data.folder, env })

  for (const [query, sentence] of [
    ['digests=weekly', 'basis: must be a legal basis'],
    ['basis=consent&digests=nightly', 'digests: unknown digest: nightly; known digests: weekly, coast-daily'],
    ['basis=consent&digests=weekly&dry_run=perhaps', 'dry_run: must be true or false'],
  ] as const) {
    const response = await post(query, list)
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(sentence) })
  }
  expect((await post('basis=consent&digests=weekly', '{}', 'application/json')).status).toBe(415)
  expect((await service.fetch('/api/v1/subscribers/import?basis=consent', { method: 'POST', body: list })).status).toBe(401)

  const errors = [{ row: 4, email: 'no address', reason: 'is not an email address that mail can be sent to' }]
  const columns = ['email', 'name', 'status'].map((column) => ({ column, read_as: column }))
  const dry = await post('basis=consent&digests=weekly&dry_run=true', list)
  expect(await dry.json()).toMatchObject({ dry_run: true, format: 'plain', columns, taken: 2, updated: 0, refused: 1, errors })
  const dryRun = await run('import', file, '--basis', 'consent', '--digests', 'weekly', '--dry-run')
  expect(dryRun).toMatchObject({ code: 0, err: '' })
  expect(dryRun.out).toContain('  email → email\n')
  expect(dryRun.out).toContain('3 rows: would import 2 and refuse 1; already known: 0\n  row 4: no address is not an email address')

  const taken = await post('basis=consent&digests=weekly', list)
  expect([taken.status, await taken.json()]).toMatchObject([200, { dry_run: false, rows: 3, taken: 2, updated: 0, refused: 1, errors }])
  const report = join(data.folder, 'report.csv')
  const again = await run('import', file, '--basis', 'consent', '--digests', 'weekly', '--report', report, '--json')
  expect(JSON.parse(again.out)).toMatchObject({ rows: 3, taken: 0, updated: 2, refused: 1, errors })
  expect(await readFile(report, 'utf8')).toBe('row,email,reason\r\n4,no address,is not an email address that mail can be sent to\r\n')

  for (const [args, code, sentence] of [
    [['import', file, '--digests', 'weekly'], 2, '--basis: on what ground do these people get mail?'],
    [['import', join(data.folder, 'none.csv'), '--basis', 'consent'], 1, 'none.csv'],
  ] as const) {
    const outcome = await run(...args)
    expect([outcome.code, outcome.err]).toEqual([code, expect.stringContaining(sentence)])
    expect(outcome.err).not.toMatch(/\n\s+at /)
  }

  const get = (path: string) => service.fetch(`/api/v1/subscribers${path}`, { headers: { Authorization: `Bearer ${adminToken}` } })
  const page = (await (await get('?limit=1')).json()) as { next: string }
  expect(page).toMatchObject({
    items: [{ email: 'ada@example.org', name: 'Ada', state: 'confirmed', topics: [] }],
    next: expect.any(String),
  })
  const rest = await (await get(`?limit=1&cursor=${page.next}`)).json()
  expect(rest).toMatchObject({
    items: [{ email: 'bob@example.org', subscriptions: [{ digest: 'weekly', state: 'unsubscribed' }] }],
    next: null,
  })
  expect(await (await get('/count?digest=weekly&state=confirmed&source=import&since=2026-11-01')).json()).toEqual({ count: 1 })
  expect(await run('count', '--state', 'unsubscribed')).toMatchObject({ code: 0, out: '1\n' })
  expect((await run('list', '--limit', '1')).out).toMatch(/^2026-11-20 {2}ada@example.org {2}weekly\nMore: --after [\w-]{36}\n$/)
  for (const [path, args, sentence] of [
    ['?state=active', ['list', '--state', 'active'], 'state: must be one of pending, confirmed, unsubscribed'],
    ['/count?topic=law', ['count', '--topic', 'law'], 'topic: unknown topic: law; known topics: craft, coast'],
    ['/export?format=xls', ['export', '--format', 'xls'], 'format: must be one of csv, ndjson'],
  ] as const) {
    const response = await get(path)
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([422, sentence])
    if (args[0] === 'list') expect(await run(...args)).toMatchObject({ code: 2, err: `broadsheet: --${sentence}\n` })
  }

  const download = await get('/export')
  expect(download.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  expect(download.headers.get('content-disposition')).toBe('attachment; filename=subscribers.csv')
  const csv = await download.text()
  expect(csv.split('\r\n')[1]).toMatch(/^ada@example.org,Ada,confirmed,weekly,,2026-11-20T09:00:00.000Z,import,.*""basis"":""consent""/)
  const saved = join(data.folder, 'saved.csv')
  expect(await run('export', saved)).toMatchObject({ code: 0, out: '', err: '' })
  expect(await readFile(saved, 'utf8')).toBe(csv)
  expect((await run('export', '--format', 'ndjson')).out).toBe(await (await get('/export?format=ndjson')).text())

  const unread = spawn(process.execPath, [resolve('bin/service.js'), 'subscribers', 'export'], { cwd: data.folder, env })
  unread.stdout.destroy()
  let complaint = ''
  unread.stderr.on('data', (text) => (complaint += text))
  expect([await once(unread, 'close'), complaint]).toEqual([[0, null], ''])
})
