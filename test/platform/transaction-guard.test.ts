import { expect, test } from 'vitest'
import { CoalescedTask } from '../../src/platform/coalesced-task.ts'
import type { Database, Queries } from '../../src/platform/database/database.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { onEachDatabase } from '../support/databases.ts'

const things = { name: 'things-001', sql: 'CREATE TABLE things (name TEXT PRIMARY KEY) STRICT' }
const countThings = sql`SELECT count(*) AS n FROM things`
const hint = 'the database handle is used inside its own open transaction; use the tx that transaction() hands in'

function insert(db: Queries, name: string): Promise<number> {
  return db.run(sql`INSERT INTO things (name) VALUES (${name})`)
}

async function namesIn(db: Queries): Promise<string[]> {
  return (await db.all<{ name: string }>(sql`SELECT name FROM things ORDER BY name`)).map(({ name }) => name)
}

const uses: Readonly<Record<string, (database: Database) => Promise<unknown>>> = {
  'SELECT count(*) AS n FROM things': (database) => database.all(countThings),
  'SELECT name FROM things WHERE name = $1': (database) => database.get(sql`SELECT name FROM things\n WHERE name = ${'secret'}`),
  'INSERT INTO things (name) VALUES ($1)': (database) => insert(database, 'secret'),
  'INSERT INTO things (name)': (database) => database.insertAll(sql`INSERT INTO things (name)`, [['secret']]),
  'transaction()': (database) => database.transaction((tx) => insert(tx, 'secret')),
  'commit()': (database) => database.commit((tx) => insert(tx, 'secret')),
  'close()': (database) => database.close(),
}

onEachDatabase('the handle of a database', [things], (open) => {
  test.each(Object.entries(uses))('rejects %s inside its own transaction, which continues', async (words, use) => {
    await using world = await open()
    const { database } = world
    const inEach = async (tx: Queries) => {
      await expect(use(database)).rejects.toThrow(`${words}: ${hint}`)
      return insert(tx, words)
    }
    await database.transaction(inEach)
    await database.run(sql`DELETE FROM things`)
    await (await database.commit(inEach)).onDisk
    expect(await namesIn(database)).toEqual([words])
  })

  test('also rejects later calls inside the transaction, after timers and other promises', async () => {
    await using world = await open()
    const { database } = world
    const failing = database.transaction(async (tx) => {
      await insert(tx, 'undone')
      await new Promise((resolve) => setImmediate(resolve))
      await Promise.all(['a', 'b'].map((name) => insert(database, name)))
    })
    await expect(failing).rejects.toThrow(hint)
    expect(await namesIn(database)).toEqual([])
  })

  test('lets other callers wait and succeed while a transaction is open', async () => {
    await using world = await open()
    const { database } = world
    const opened = Promise.withResolvers<void>()
    const other = opened.promise.then(async () => {
      await insert(database, 'other')
      await database.transaction((tx) => insert(tx, 'another'))
    })
    await database.transaction(async (tx) => {
      opened.resolve()
      await insert(tx, 'own')
    })
    await other
    expect(await namesIn(database)).toEqual(['another', 'other', 'own'])
  })

  test('lets a chain continue after its commit, also one that started inside and was not awaited', async () => {
    await using world = await open()
    const { database } = world
    const ended = Promise.withResolvers<void>()
    let left = Promise.resolve(0)
    await database.transaction(async (tx) => {
      await insert(tx, 'inside')
      left = ended.promise.then(() => database.transaction((later) => insert(later, 'left behind')))
    })
    await insert(database, 'after')
    ended.resolve()
    await left
    expect(await namesIn(database)).toEqual(['after', 'inside', 'left behind'])
  })

  test('runs a background task outside the transaction in which it was triggered', async () => {
    await using world = await open()
    const { database } = world
    const failures: Error[] = []
    const task = new CoalescedTask(
      async () => void (await insert(database, 'by the task')),
      (error) => failures.push(error),
    )
    await database.transaction(async (tx) => {
      task.trigger()
      await insert(tx, 'by the transaction')
    })
    await task.stop()
    expect(failures).toEqual([])
    expect(await namesIn(database)).toEqual(['by the task', 'by the transaction'])
  })

  test('allows a lock inside a transaction, and transactions on other databases', async () => {
    await using world = await open()
    await using second = await open()
    await world.database.transaction(async (tx) => {
      const lock = await world.database.lock('sender')
      expect(lock?.isHeld()).toBe(true)
      await lock?.release()
      await insert(tx, 'here')
      await second.database.transaction(async (other) => {
        await insert(other, 'there')
        await expect(insert(world.database, 'again')).rejects.toThrow(hint)
      })
    })
    expect([await namesIn(world.database), await namesIn(second.database)]).toEqual([['here'], ['there']])
  })
})
