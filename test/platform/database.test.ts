import { expect, test } from 'vitest'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { joinSql, type SqlValue, sql } from '../../src/platform/database/sql.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { quietLog } from '../support/quiet.ts'

const things = {
  name: 'things-001',
  sql: 'CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at INTEGER, body BLOB) STRICT',
}

onEachDatabase('a database', [things], (open) => {
  test('returns bound values unchanged', async () => {
    await using world = await open()
    const { database } = world
    const at = 1_795_000_000_000
    const body = new Uint8Array([0, 255, 7])
    await database.run(sql`INSERT INTO things (name, at, body) VALUES (${`it's "q" $1 ; --`}, ${at}, ${body})`)
    const row = await database.get<{ name: string; at: number; body: Uint8Array }>(sql`SELECT name, at, body FROM things`)
    expect(row?.name).toBe(`it's "q" $1 ; --`)
    expect(row?.at).toBe(at)
    expect([...(row?.body ?? [])]).toEqual([0, 255, 7])
  })

  test('composes statements from parts and binds values in order', async () => {
    await using world = await open()
    const rows = joinSql(['a', 'b', 'c'].map((name, index) => sql`(${name}, ${index})`))
    expect(await world.database.run(sql`INSERT INTO things (name, at) VALUES ${rows}`)).toBe(3)
    const found = await world.database.all<{ name: string }>(
      sql`SELECT name FROM things WHERE name IN (${joinSql(['a', 'c'])}) AND at < ${2} ORDER BY name`,
    )
    expect(found).toEqual([{ name: 'a' }])
  })

  test('bulk-inserts all rows or none, and counts them', async () => {
    await using world = await open()
    const { database } = world
    const rows = Array.from({ length: 600 }, (_, index) => [`name ${index}`, index] as const)
    expect(await database.insertAll(sql`INSERT INTO things (name, at)`, rows)).toBe(600)
    const again = [['name 599', 1] as const, ['new', null] as const]
    expect(await database.insertAll(sql`INSERT INTO things (name, at)`, again, sql`ON CONFLICT (name) DO NOTHING`)).toBe(1)
    await expect(
      database.insertAll(sql`INSERT INTO things (name, at)`, [...rows.map(([name]) => [`${name} again`, 1] as const), ...again]),
    ).rejects.toThrow(/unique/i)
    expect(await database.insertAll(sql`INSERT INTO things (name, at)`, [])).toBe(0)
    expect(await database.get(sql`SELECT count(*) AS n, max(at) AS at FROM things`)).toEqual({ n: 601, at: 599 })
  })

  test('a transaction that throws changes nothing', async () => {
    await using world = await open()
    const failing = world.database.transaction(async (tx) => {
      await tx.run(sql`INSERT INTO things (name) VALUES ('kept?')`)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await world.database.all(sql`SELECT * FROM things`)).toEqual([])
  })

  test('statements outside a transaction never see its intermediate state', async () => {
    await using world = await open()
    const { database } = world
    const seen: number[] = []
    const steps = Array.from({ length: 2 }, () => Promise.withResolvers<void>())
    const looks = steps.map(async (step) => {
      await step.promise
      seen.push((await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM things`))?.n ?? -1)
    })
    await database.transaction(async (tx) => {
      for (const [number, step] of steps.entries()) {
        await tx.run(sql`INSERT INTO things (name) VALUES (${String(number)})`)
        step.resolve()
      }
    })
    await Promise.all(looks)
    expect(seen).toHaveLength(2)
    expect(seen.every((n) => n === 0 || n === 2)).toBe(true)
  })

  test('a lock has one holder at a time and can be acquired after its release', async () => {
    await using world = await open()
    const held = await world.database.lock('sender')
    expect(held).toBeDefined()
    expect(await world.database.lock('sender')).toBeUndefined()
    await held?.release()
    const again = await world.database.lock('sender')
    expect(again).toBeDefined()
    await again?.release()
  })

  test('a migration is applied once, completely or not at all, and must not be edited afterwards', async () => {
    await using world = await open()
    const { database } = world
    const broken = { name: 'things-002', sql: 'CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;\nINSERT INTO nowhere VALUES (1)' }
    await expect(migrate(database, [things, broken])).rejects.toThrow()
    const mended = { name: 'things-002', sql: 'CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT' }
    await migrate(database, [things, mended])
    await migrate(database, [things, mended])
    await expect(migrate(database, [{ ...things, sql: `${things.sql} ` }, mended])).rejects.toThrow('things-001 was edited')
  })

  test('an older program goes on beside migrations that keep its version, and else refuses in one sentence', async () => {
    await using world = await open()
    const { database } = world
    const next = { name: 'things-002', sql: 'ALTER TABLE things ADD COLUMN note TEXT', since: 1 }
    await migrate(database, [things, next], 2)
    await migrate(database, [things], 1)
    const last = { name: 'things-003', sql: 'ALTER TABLE things DROP COLUMN at', since: 2 }
    await migrate(database, [things, next, last], 3)
    // The program of version 2 does not know the last migration, and no longer uses what it drops.
    await migrate(database, [things, next], 2)
    const refused = await migrate(database, [things, next], 1).catch((error: Error) => error.message)
    expect(refused).toMatch(/^this database was used by a newer version of Broadsheet, which .*\(migration things-003\)[^.\n]*$/)
  })

  test('two processes that start at once apply a migration once', async () => {
    await using world = await open()
    const other = await openDatabase(world.address, quietLog)
    const next = { name: 'things-002', sql: 'CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT' }
    await Promise.all([migrate(world.database, [things, next]), migrate(other, [things, next])])
    expect(await other.get(sql`SELECT count(*) AS n FROM more`)).toEqual({ n: 0 })
    await other.close()
  })
})

test('a value that SQLite would store as NULL causes an error that names it', async () => {
  await using world = await openTestDatabase('sqlite', [things])
  for (const value of [Number.NaN, new Date(0), undefined, Number.POSITIVE_INFINITY, {}, true]) {
    const statement = sql`INSERT INTO things (name, at) VALUES ('x', ${value as SqlValue})`
    await expect(world.database.run(statement)).rejects.toThrow(/value \$1 of a statement cannot be stored/)
  }
  expect(await world.database.all(sql`SELECT * FROM things`)).toEqual([])
})

test('two PostgreSQL transactions in a deadlock both succeed after one retry', async () => {
  await using world = await openTestDatabase('postgres', [things])
  const { database } = world
  await database.run(sql`INSERT INTO things (name, at) VALUES ('a', 0), ('b', 0)`)
  const met = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() }
  const add = (first: 'a' | 'b', second: 'a' | 'b') =>
    database.transaction(async (tx) => {
      await tx.run(sql`UPDATE things SET at = at + 1 WHERE name = ${first}`)
      met[first].resolve()
      await met[second].promise
      await tx.run(sql`UPDATE things SET at = at + 1 WHERE name = ${second}`)
    })
  await Promise.all([add('a', 'b'), add('b', 'a')])
  expect(await database.all(sql`SELECT name, at FROM things ORDER BY name`)).toEqual([
    { name: 'a', at: 2 },
    { name: 'b', at: 2 },
  ])
})
