import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/service.ts'

const list = 'email,name,status\nada@example.org,Ada,subscribed\nbob@example.org,Bob,unsubscribed\nno address,C,subscribed\n'

test('a list goes in by HTTP and by the command line alike, beside a running server', async () => {
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
    ['digests=weekly', 'basis: must say on what ground they get mail'],
    ['basis=consent&digests=nightly', 'digests: there is no digest called nightly; there are weekly, coast-daily'],
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
  expect(dryRun.out).toContain('3 rows: 2 would be taken, 0 were known, 1 would be refused\n  row 4: no address is not an email address')

  const taken = await post('basis=consent&digests=weekly', list)
  expect([taken.status, await taken.json()]).toMatchObject([200, { dry_run: false, rows: 3, taken: 2, updated: 0, refused: 1, errors }])
  const report = join(data.folder, 'report.csv')
  const again = await run('import', file, '--basis', 'consent', '--digests', 'weekly', '--report', report, '--json')
  expect(JSON.parse(again.out)).toMatchObject({ rows: 3, taken: 0, updated: 2, refused: 1, errors })
  expect(await readFile(report, 'utf8')).toBe('row,email,reason\r\n4,no address,is not an email address that mail can be sent to\r\n')

  for (const [args, sentence] of [
    [['import', file, '--digests', 'weekly'], '--basis: on what ground do these people get mail?'],
    [['import', file, '--basis', 'hope', '--digests', 'weekly'], '--basis: must say on what ground'],
    [['import', file, '--basis', 'consent'], '--digests: the file has no column "digests"'],
    [['import', join(data.folder, 'none.csv'), '--basis', 'consent'], 'none.csv'],
    [['import', data.folder, '--basis', 'consent'], 'is no file'],
  ] as const) {
    const outcome = await run(...args)
    expect([outcome.code, outcome.err]).toEqual([1, expect.stringContaining(sentence)])
    expect(outcome.err).not.toMatch(/\n\s+at /)
  }
})
