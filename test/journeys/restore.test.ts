import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { command } from '../support/command.ts'
import { articleText, makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const now = '2026-11-20T09:00:00Z'

/** A real service on a file database, and the command line beside it. */
async function openPlace() {
  const stack = new AsyncDisposableStack()
  onTestFinished(() => stack.disposeAsync())
  const content = stack.use(await makeContent({ 'tide.md': articleText() }))
  const data = stack.use(await dataFolder())
  const folder = join(data.folder, 'data')
  const env = { CONTENT_DIR: content.folder, DATA_DIR: folder, PORT: '0' }
  const file = join(folder, 'broadsheet.sqlite')
  return {
    file,
    folder,
    backup: join(data.folder, 'backup.sqlite'),
    run: (...args: string[]) => command(args, { cwd: data.folder, env }),
    start: async () => stack.use(await startService({ content: content.folder, data: data.folder, now })),
    async add(email: string): Promise<void> {
      const added = await command(['subscribers', 'add', email, '--digests', 'weekly'], {
        cwd: data.folder,
        env,
      })
      expect(added, added.err).toMatchObject({ code: 0 })
    },
    async readers(): Promise<string[]> {
      const { out } = await command(['subscribers', 'export', '--format', 'ndjson'], { cwd: data.folder, env })
      return out
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line).email as string]))
        .sort()
    },
  }
}

test('a backup copied over the database beside its log is refused; restore puts it in place', { timeout: 120_000 }, async () => {
  const place = await openPlace()
  const service = await place.start()
  await place.add('ann@example.org')
  expect(await place.run('backup', place.backup)).toMatchObject({ code: 0 })
  await place.add('bob@example.org')
  await place.add('eve@example.org')
  expect(await place.run('subscribers', 'erase', 'eve@example.org')).toMatchObject({ code: 0 })
  expect(await place.run('subscribers', 'erase', 'ann@example.org')).toMatchObject({ code: 0 })
  // An erasure empties the log.
  await place.add('dan@example.org')
  expect(await place.run('restore', place.backup)).toMatchObject({ code: 1, err: expect.stringContaining('stop it first') })
  await service.kill()
  expect(existsSync(`${place.file}-wal`)).toBe(true)
  copyFileSync(place.backup, place.file)
  for (const args of [['start'], ['subscribers', 'list'], ['backup', `${place.backup}.2`]]) {
    const refused = await place.run(...args)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('broadsheet restore FILE') })
    expect(refused.err).not.toMatch(/\n\s+at /)
  }
  const restored = await place.run('restore', place.backup, '--json')
  expect(restored, restored.err).toMatchObject({ code: 0 })
  const { aside, erased } = JSON.parse(restored.out)
  expect(erased).toBe(1)
  expect(existsSync(aside)).toBe(true)
  expect(existsSync(`${aside}-wal`)).toBe(true)
  expect(await place.readers()).toEqual([])
  // Both stay erased: no import and no operator adds them.
  for (const email of ['ann@example.org', 'eve@example.org']) {
    const added = await place.run('subscribers', 'add', email, '--digests', 'weekly')
    expect(added.code).toBe(1)
  }
  expect(await place.run('sending')).toMatchObject({ out: expect.stringContaining('this is a backup of') })
  const again = await place.start()
  const issues = await again.fetch('/api/v1/sending', { headers: { Authorization: `Bearer ${adminToken}` } })
  expect(await issues.json()).toMatchObject({ held: true })
})

test('restore takes a backup that was already copied into place, without the log of the database before', async () => {
  const place = await openPlace()
  const service = await place.start()
  await place.add('ann@example.org')
  await place.run('backup', place.backup)
  await place.add('bob@example.org')
  await service.kill()
  copyFileSync(place.backup, place.file)
  expect(await place.run('restore', place.file)).toMatchObject({ code: 0 })
  expect(await place.readers()).toEqual(['ann@example.org'])
  expect(await place.run('sending', '--release')).toMatchObject({ code: 0 })
})

test('snapshots, copies of the folder, copies without the id, a moved log and older databases open', { timeout: 120_000 }, async () => {
  const place = await openPlace()
  const service = await place.start()
  await place.add('ann@example.org')
  await place.run('backup', place.backup)
  await place.add('bob@example.org')
  const both = ['ann@example.org', 'bob@example.org']
  await service.kill()
  const copy = `${place.folder}-copy`
  cpSync(place.folder, copy, { recursive: true })
  const put = (from: string, leftOut: RegExp = /^$/) => {
    rmSync(place.folder, { recursive: true })
    cpSync(from, place.folder, { recursive: true, filter: (path) => !leftOut.test(path) })
  }
  // After kill -9, as it is.
  put(copy)
  expect(await place.readers()).toEqual(both)
  // A copy that forgot the id.
  put(copy, /\.id$/)
  expect(await place.readers()).toEqual(both)
  // The backup by hand, the log moved away: the new id is adopted, and a crash right after it changes nothing.
  put(copy, /-(wal|shm)$/)
  copyFileSync(place.backup, place.file)
  const second = await place.start()
  await place.add('cy@example.org')
  await second.kill()
  expect(existsSync(`${place.file}-wal`)).toBe(true)
  expect(await place.readers()).toEqual(['ann@example.org', 'cy@example.org'])
  // A database of an older version has no id, and gets one.
  put(copy)
  await place.readers()
  const connection = new DatabaseSync(place.file)
  connection.exec('DROP TABLE database_identity')
  connection.close()
  expect(await place.readers()).toEqual(both)
  expect(readFileSync(`${place.file}.id`, 'utf8')).toMatch(/^[\da-f]{32}\n$/)
})

test('a main file that cannot be read beside a log and an id is refused with the way out', async () => {
  const place = await openPlace()
  const service = await place.start()
  await place.add('ann@example.org')
  await place.run('backup', place.backup)
  await service.kill()
  writeFileSync(place.file, Buffer.alloc(8192, 7))
  expect(await place.run('start')).toMatchObject({ code: 1, err: expect.stringContaining('broadsheet restore FILE') })
  expect(await place.run('restore', place.backup)).toMatchObject({ code: 0 })
  expect(await place.readers()).toEqual(['ann@example.org'])
})

test('a damaged file, another program’s database and a PostgreSQL out of reach are refused, and nothing changes', async () => {
  const place = await openPlace()
  await place.add('ann@example.org')
  await place.run('backup', place.backup)
  const other = `${place.backup}.other`
  const connection = new DatabaseSync(other)
  connection.exec('CREATE TABLE notes (text TEXT)')
  connection.close()
  const damaged = `${place.backup}.damaged`
  const bytes = readFileSync(place.backup)
  bytes.fill(0xff, 4096 * 3, 4096 * 6)
  writeFileSync(damaged, bytes)
  writeFileSync(`${place.backup}.text`, 'not a database at all')
  const before = readdirSync(place.folder).sort()
  for (const [file, says] of [
    [other, 'is not a database of Broadsheet'],
    [damaged, 'is damaged'],
    [`${place.backup}.text`, 'is not a database that can be read'],
    [`${place.backup}.missing`, 'there is no backup'],
    [place.folder, 'there is no backup'],
  ] as const) {
    const refused = await place.run('restore', file)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(says)
  }
  expect(
    readdirSync(place.folder)
      .filter((name) => !name.endsWith('.lock'))
      .sort(),
  ).toEqual(before.filter((name) => !name.endsWith('.lock')))
  expect(await place.readers()).toEqual(['ann@example.org'])
  const env = { DATA_DIR: place.folder, DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' }
  const postgres = await command(['restore', place.backup], { cwd: place.folder, env })
  expect(postgres).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^broadsheet: cannot restore .*127\.0\.0\.1:1/) })
})
