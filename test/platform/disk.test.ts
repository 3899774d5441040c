import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openLogSync } from '../../src/platform/database/disk.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { openSqlite } from '../../src/platform/database/sqlite.ts'

/** A disk that answers when the test lets it. */
const disk = vi.hoisted(() => ({ isSlow: false, waiting: [] as (() => void)[], syncs: 0 }))

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  function whenLet(work: () => void): void {
    if (disk.isSlow) disk.waiting.push(work)
    else work()
  }
  return {
    ...fs,
    open: (path: string, flags: string, done: (error: Error | null, descriptor: number) => void) =>
      whenLet(() => fs.open(path, flags, done)),
    fdatasync(descriptor: number, done: (error: Error | null) => void) {
      disk.syncs++
      whenLet(() => fs.fdatasync(descriptor, done))
    },
  }
})

let folder = ''
beforeEach(async () => {
  Object.assign(disk, { isSlow: false, waiting: [], syncs: 0 })
  folder = await mkdtemp(join(tmpdir(), 'broadsheet-disk-'))
})
afterEach(() => rm(folder, { recursive: true }))

function letDiskAnswer(): void {
  for (const sync of disk.waiting.splice(0)) sync()
}

test.each([
  ['a statement', (database: ReturnType<typeof openSqlite>) => database.run(sql`INSERT INTO things (name) VALUES ('new')`)],
  ['a statement that answers', (database) => database.get(sql`INSERT INTO things (name) VALUES ('new') RETURNING name`)],
  ['a transaction', (database) => database.transaction((tx) => tx.run(sql`INSERT INTO things (name) VALUES ('new')`))],
])('%s is reported when it is on the disk, and holds up nobody who reads until then', async (_, write) => {
  const database = openSqlite(join(folder, 'things.sqlite'))
  await database.run(sql`CREATE TABLE things (name TEXT NOT NULL) STRICT`)
  disk.isSlow = true
  let isReported = false
  const reported = write(database).then(() => {
    isReported = true
  })
  expect(await database.all(sql`SELECT name FROM things`)).toEqual([{ name: 'new' }])
  await vi.waitUntil(() => disk.waiting.length > 0)
  expect(isReported).toBe(false)
  letDiskAnswer()
  await reported
  disk.isSlow = false
  await database.close()
})

test('writes during close are synced and reported before the log is deleted', async () => {
  const database = openSqlite(join(folder, 'things.sqlite'))
  disk.isSlow = true
  const written = database.run(sql`CREATE TABLE things (name TEXT NOT NULL) STRICT`)
  const closed = database.close()
  await vi.waitUntil(() => disk.waiting.length > 0)
  disk.isSlow = false
  letDiskAnswer()
  await expect(written).resolves.toBeTypeOf('number')
  await closed
})

test('one sync serves all callers from before its start, and none from after it', async () => {
  const file = join(folder, 'log')
  await writeFile(file, '')
  const sync = openLogSync(file)
  await sync.reached()
  disk.isSlow = true
  const first = sync.reached()
  const others = [sync.reached(), sync.reached(), sync.reached()]
  await vi.waitUntil(() => disk.waiting.length > 0)
  letDiskAnswer()
  await first
  await vi.waitUntil(() => disk.waiting.length > 0)
  expect(disk.syncs).toBe(3)
  letDiskAnswer()
  await Promise.all(others)
  expect(disk.syncs).toBe(3)
  disk.isSlow = false
  await sync.close()
})

test('a failed sync is not reported as success, and the next call tries again', async () => {
  const file = join(folder, 'log')
  const sync = openLogSync(file)
  await expect(sync.reached()).rejects.toThrow(/ENOENT/)
  await writeFile(file, '')
  await sync.reached()
  await sync.close()
})
