import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { DatabaseAway } from '../../src/platform/database/database-away.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { checkPostgres, faultOf } from '../../src/platform/database/postgres-check.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { startCuttingProxy, startPoolingProxy } from '../support/database-proxy.ts'
import { freshDatabase } from '../support/databases.ts'
import { startPostgres } from '../support/postgres.ts'
import { quietLog } from '../support/quiet.ts'

const clock = { now: () => new Date() }

test('a direct connection passes the check; a pooler in transaction mode is refused with how to go on', async () => {
  const { address: url } = await freshDatabase('postgres')
  expect(await checkPostgres({ url }, clock)).toEqual([])
  // A pooler needs no password here.
  const server = await startPostgres()
  try {
    for (const connections of [1, 2, 5]) {
      await using pooler = await startPoolingProxy(server.url('postgres'), connections)
      await expect(checkPostgres({ url: pooler.url }, clock), `${connections}`).rejects.toThrow(
        'DATABASE_URL: leads to a pooler in transaction mode, where locks do not last. Connect directly, or set DATABASE_DIRECT_URL for the locks',
      )
      await expect(checkPostgres({ url, directUrl: pooler.url }, clock)).rejects.toThrow(/^DATABASE_DIRECT_URL: leads to a pooler/)
      expect(await checkPostgres({ url: pooler.url, directUrl: server.url('postgres') }, clock)).toEqual([])
    }
  } finally {
    await server.stop()
  }
})

test('behind a pooler, locks on the direct address keep others out, and transactions work', async () => {
  const server = await startPostgres()
  try {
    await using pooler = await startPoolingProxy(server.url('postgres'), 3)
    const open = () => openDatabase(pooler.url, quietLog, server.url('postgres'))
    const [one, other] = [await open(), await open()]
    await migrate(one, [{ name: 'test-001', sql: 'CREATE TABLE counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT' }])
    const lock = await one.lock('sender')
    expect(lock?.isHeld()).toBe(true)
    expect(await other.lock('sender')).toBeUndefined()
    await one.run(sql`INSERT INTO counts (id, n) VALUES (1, 0)`)
    const add = (database: typeof one) => database.transaction(async (tx) => void (await tx.run(sql`UPDATE counts SET n = n + 1`)))
    await Promise.all(Array.from({ length: 40 }, (_, index) => add(index % 2 === 0 ? one : other)))
    expect(await one.get(sql`SELECT n FROM counts`)).toEqual({ n: 40 })
    await lock?.release()
    expect((await other.lock('sender'))?.isHeld()).toBe(true)
    await Promise.all([one.close(), other.close()])
  } finally {
    await server.stop()
  }
})

test('a clock that differs from that of the server is told in seconds', async () => {
  const { address: url } = await freshDatabase('postgres')
  const ahead = { now: () => new Date(Date.now() + 90_000) }
  expect(await checkPostgres({ url }, ahead)).toEqual([
    'the clock of this machine is 90 seconds ahead of that of PostgreSQL: set it, or processes take deliveries from one another',
  ])
})

test('connections that are cut in the middle of statements and transactions fail their callers only, and the next ones work', async () => {
  const { address } = await freshDatabase('postgres')
  await using proxy = await startCuttingProxy(address)
  const database = await openDatabase(proxy.url, quietLog)
  await migrate(database, [])
  const lock = await database.lock('sender')
  const started = Promise.withResolvers<void>()
  const failures = Promise.allSettled([
    database.all(sql`SELECT pg_sleep(30)`),
    database.transaction(async (tx) => {
      started.resolve()
      await tx.all(sql`SELECT pg_sleep(30)`)
    }),
    // Between two statements.
    database.transaction(async (tx) => {
      await tx.all(sql`SELECT 1`)
      await wait(300)
      await tx.all(sql`SELECT 2`)
    }),
  ])
  await started.promise
  await wait(100)
  expect(proxy.cut()).toBeGreaterThanOrEqual(4)
  for (const outcome of await failures) expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(DatabaseAway)
  await expect.poll(() => lock?.isHeld()).toBe(false)
  expect(await database.get(sql`SELECT 1 AS one`)).toEqual({ one: 1 })
  expect(database.isAway?.()).toBe(false)
  const again = await database.lock('sender')
  expect(again?.isHeld()).toBe(true)

  proxy.refuse(true)
  await expect(database.all(sql`SELECT 1`)).rejects.toBeInstanceOf(DatabaseAway)
  await expect(database.lock('other')).rejects.toBeInstanceOf(DatabaseAway)
  expect(database.isAway?.()).toBe(true)
  proxy.refuse(false)
  await database.probe()
  expect(database.isAway?.()).toBe(false)
  await database.close()
})

test('a server before version 15 is refused', () => {
  expect(faultOf({ version: '14.19', major: 14, isOwn: true }, false)).toBe(
    'DATABASE_URL: PostgreSQL 14.19 is too old: use version 15 or newer',
  )
  expect(faultOf({ version: '15.1', major: 15, isOwn: true }, false)).toBeUndefined()
})
