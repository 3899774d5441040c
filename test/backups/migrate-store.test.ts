import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { migrateStore } from '../../src/backups/migrate.ts'
import { readSendingHold } from '../../src/outbox/sending-hold.ts'
import { sumTables } from '../../src/platform/database/copy/sums.ts'
import { tablesOf } from '../../src/platform/database/copy/tables.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { appendErasures, erasedFileName } from '../../src/subscribers/erased-file.ts'
import { command } from '../support/command.ts'
import { articleText, makeContent } from '../support/content.ts'
import { freshDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'
import { fillAtRandom } from '../support/random-rows.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

vi.setConfig({ testTimeout: 120_000 })

const tables = await tablesOf(migrations)

async function withDatabase<Result>(address: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase(address, quietLog)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const sumsOf = (address: string) => withDatabase(address, (database) => database.transaction((tx) => sumTables(tx, tables)))

/** A database file with random rows and many subscribers, and an empty PostgreSQL database. */
async function openPlace(subscribers = 0) {
  const stack = new AsyncDisposableStack()
  onTestFinished(() => stack.disposeAsync())
  const { folder } = stack.use(await dataFolder())
  const data = join(folder, 'data')
  const file = join(data, 'broadsheet.sqlite')
  await withDatabase(file, async (database) => {
    await migrate(database, migrations)
    await fillAtRandom(database, tables, 8)
    await database.run(sql`DELETE FROM sending_hold`)
    const rows = Array.from({ length: subscribers }, (_, n) => [`many-${n}`, `m${n}@example.org`, `m${n}@example.org`, 'M', '[]', 1, 1])
    await database.insertAll(sql`INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at)`, rows)
  })
  appendErasures(join(data, erasedFileName), [{ addressHash: 'h'.repeat(43), at: new Date('2026-11-01T00:00:00Z') }])
  const { address } = await freshDatabase('postgres')
  const context = { dataFolder: data, migrations, clock: drivenClock('2026-11-20T09:00:00Z'), log: quietLog }
  return {
    folder,
    data,
    file,
    address,
    move: (to = address) => migrateStore(context, file, to, () => {}),
    run: (onStart: Parameters<typeof command>[1]['onStart'], ...args: string[]) =>
      command(['migrate-store', ...args], { cwd: folder, env: { DATA_DIR: data }, ...(onStart ? { onStart } : {}) }),
  }
}

test('the file goes to PostgreSQL row by row, and sends nothing any more', async () => {
  const { data, file, address, move } = await openPlace()
  const { tables: told, isResumed } = await move()
  expect(isResumed).toBe(false)
  const moved = await sumsOf(address)
  expect(moved).toEqual(told)
  expect([...moved.keys()].sort()).toEqual(tables.map(({ name }) => name).sort())
  const old = await sumsOf(file)
  expect([...old].filter(([name, { hash }]) => moved.get(name)?.hash !== hash).map(([name]) => name)).toEqual(['sending_hold'])
  await withDatabase(address, async (database) => {
    expect(await readSendingHold(database)).toBeUndefined()
    expect(await database.get(sql`SELECT 1 AS one FROM erasures WHERE address_hash = ${'h'.repeat(43)}`)).toEqual({ one: 1 })
  })
  const { reason = '' } = (await withDatabase(file, readSendingHold)) ?? {}
  expect(reason).toMatch(/^this database was moved to postgres:\/\/\/test_\w+ on 2026-11-20T09:00:00\.000Z: set DATABASE_URL/)
  await expect(move()).rejects.toThrow('already moved')
  await using content = await makeContent({ 'tide.md': articleText() })
  await using service = await startService({ content: content.folder, data: join(data, '..'), now: '2026-11-20T09:00:00Z' })
  await vi.waitUntil(() => service.said().includes('Sending is held: this database was moved to'), { timeout: 20_000 })
})

test('a run that was killed is continued by the next one', async () => {
  const place = await openPlace(60_000)
  const killed = await place.run(
    (child) => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('copying subscribers')) child.kill('SIGKILL')
      })
    },
    '--to',
    place.address,
  )
  expect(killed.code).toBe(null)
  expect(await withDatabase(place.file, readSendingHold)).toBeUndefined()
  const begun = await withDatabase(place.address, (database) =>
    database.get<{ n: number }>(sql`SELECT count(*) AS n FROM broadsheet_moving.subscribers`),
  )
  expect(begun?.n).toBeGreaterThan(0)
  expect(begun?.n).toBeLessThan(60_000)
  const again = await place.run(undefined, '--to', place.address, '--json')
  expect(again, again.err).toMatchObject({ code: 0 })
  expect(JSON.parse(again.out)).toMatchObject({ resumed: true })
  const [old, moved] = [await sumsOf(place.file), await sumsOf(place.address)]
  expect(moved.get('subscribers')?.rows).toBeGreaterThanOrEqual(60_000)
  for (const [name, sum] of old) if (name !== 'sending_hold') expect(moved.get(name), name).toEqual(sum)
})

test('a file that changed after a killed run is not moved until it was copied anew', async () => {
  const place = await openPlace(60_000)
  await place.run(
    (child) => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('copying subscriptions')) child.kill('SIGKILL')
      })
    },
    '--to',
    place.address,
  )
  await withDatabase(place.file, (database) => database.run(sql`UPDATE subscribers SET name = 'changed' WHERE id = 'many-1'`))
  await expect(place.move()).rejects.toThrow(
    /differs from the original: subscribers .*: it was changed in between; run migrate-store again/,
  )
  expect(await withDatabase(place.file, readSendingHold)).toBeUndefined()
  await place.move()
  const [old, moved] = [await sumsOf(place.file), await sumsOf(place.address)]
  expect(moved.get('subscribers')).toEqual(old.get('subscribers'))
})

test('nothing is moved while a process is connected whose DATABASE_URL names itself', async () => {
  const { address, move } = await openPlace()
  const url = `${address}${address.includes('?') ? '&' : '?'}application_name=news`
  await withDatabase(url, async (database) => {
    await database.get(sql`SELECT 1 AS one`)
    await expect(move(url)).rejects.toThrow('uses the PostgreSQL database')
  })
})

test('a file of a newer version is not moved, which would leave out what is new', async () => {
  const { file, move } = await openPlace()
  const added = { name: 'future-001', sql: 'ALTER TABLE subscribers ADD COLUMN nickname TEXT', since: 1 }
  await withDatabase(file, (database) => migrate(database, [...migrations, added]))
  await expect(move()).rejects.toThrow('future-001 of a newer version of Broadsheet: move it with that version')
})

test('nothing is moved while mail is sent, to a database that is used, or without an address', async () => {
  const { file, address, move, run } = await openPlace()
  const live = await openDatabase(file, quietLog)
  const lock = await live.lock('sender')
  await expect(move()).rejects.toThrow('stop it first')
  await lock?.release()
  await live.close()
  const other = await openDatabase(address, quietLog)
  await other.get(sql`SELECT 1 AS one`)
  await expect(move()).rejects.toThrow('stop it first')
  await migrate(other, migrations)
  await other.close()
  await expect(move()).rejects.toThrow('already holds a Broadsheet')
  expect(await run(undefined)).toMatchObject({ code: 2, err: expect.stringContaining('needs --to postgres://') })
  expect(await run(undefined, '--to', 'mysql://x')).toMatchObject({ code: 2, err: expect.stringContaining('must begin with postgres://') })
  expect(await withDatabase(file, readSendingHold)).toBeUndefined()
})
