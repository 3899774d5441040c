import { cp, readdir, readFile, truncate } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { backUpDatabase } from '../../src/backups/back-up.ts'
import type { BackupsContext } from '../../src/backups/context.ts'
import { restoreBackup } from '../../src/backups/restore.ts'
import { startRenderer } from '../../src/email/renderer.ts'
import { sumTables, type TableSum } from '../../src/platform/database/copy/sums.ts'
import { type TableShape, tablesOf } from '../../src/platform/database/copy/tables.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { Sql, sql } from '../../src/platform/database/sql.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { command } from '../support/command.ts'
import { makeContent } from '../support/content.ts'
import { type Engine, freshDatabase, openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'
import { fillAtRandom } from '../support/random-rows.ts'
import { runHere } from '../support/run-command.ts'
import { dataFolder } from '../support/spawned-service.ts'

vi.setConfig({ testTimeout: 120_000 })

const tables: readonly TableShape[] = await tablesOf(migrations)

async function openFolder() {
  const stack = new AsyncDisposableStack()
  onTestFinished(() => stack.disposeAsync())
  const { folder } = stack.use(await dataFolder())
  return folder
}

/** A context for an empty or a given database of this engine. */
async function place(engine: Engine): Promise<BackupsContext> {
  const { address } = await freshDatabase(engine)
  return {
    databaseAddress: address,
    dataFolder: await openFolder(),
    secret: 'a secret of this test',
    previousSecrets: [],
    migrations,
    clock: drivenClock('2026-11-20T09:00:00Z'),
    random: systemRandom(),
    log: quietLog,
  }
}

async function withDatabase<Result>(address: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase(address, quietLog)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** All that a database holds, with its counters. */
function stateOf(address: string): Promise<{ sums: Record<string, TableSum>; counts: object[] }> {
  return withDatabase(address, (database) =>
    database.transaction(async (tx) => ({
      sums: Object.fromEntries(await sumTables(tx, tables)),
      counts: (
        await tx.all<{ mailing_id: string; kind: string; state: string; count: number }>(
          sql`SELECT mailing_id, kind, state, count FROM delivery_counts WHERE count > 0`,
        )
      ).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    })),
  )
}

/** A database file with random rows in every table. */
async function filled(context: BackupsContext): Promise<void> {
  await withDatabase(context.databaseAddress, async (database) => {
    await migrate(database, migrations)
    await fillAtRandom(database, tables, 12)
    // A number that was given stays given, also without its row.
    await database.run(sql`INSERT INTO deliveries (id, mailing_id, priority, address, address_key, holes, state, owed_at, due_at)
      SELECT 9007199254740000, id, 2, 'x', 'x', '{}', 'skipped', 1, 1 FROM mailings LIMIT 1`)
    await database.run(sql`DELETE FROM deliveries WHERE address_key = 'x'`)
  })
}

const pairs = (['sqlite', 'postgres'] as const).flatMap((from) => (['sqlite', 'postgres'] as const).map((to) => [from, to] as const))

test.each(pairs)('a backup of %s brings every row of every table back on %s', async (from, to) => {
  const seed = await place('sqlite')
  await filled(seed)
  let original = seed
  if (from === 'postgres') {
    const file = join(await openFolder(), 'seed.sqlite')
    await backUpDatabase(seed, file)
    original = await place('postgres')
    await restoreBackup(original, file)
  }
  const before = await stateOf(seed.databaseAddress)
  expect(await stateOf(original.databaseAddress)).toEqual(before)
  expect(Object.values(before.sums).every(({ rows }) => rows > 0)).toBe(true)
  expect(before.counts.length).toBeGreaterThan(0)
  const backup = join(await openFolder(), 'backup.sqlite')
  await backUpDatabase(original, backup)
  expect((await stateOf(backup)).sums).toEqual(before.sums)
  const restored = await place(to)
  expect(await restoreBackup(restored, backup)).toEqual({ aside: undefined, erased: 0 })
  expect(await stateOf(restored.databaseAddress)).toEqual(before)
  await withDatabase(restored.databaseAddress, async (database) => {
    await migrate(database, migrations)
    const next = await database.get<{ id: number }>(sql`
      INSERT INTO deliveries (mailing_id, priority, address, address_key, holes, state, owed_at, due_at)
      SELECT id, 2, 'y', 'y', '{}', 'skipped', 1, 1 FROM mailings LIMIT 1 RETURNING id`)
    expect(next?.id).toBeGreaterThan(9_007_199_254_740_000)
    await database.run(
      sql`INSERT INTO audit_log (id, at, operator, via, action, subject, details) VALUES ('new', 1, NULL, 'cli', 'x', NULL, '{}')`,
    )
  })
})

test('every table is copied, or is said to be made anew on both engines', async () => {
  const known = new Set([
    ...tables.map(({ name }) => name),
    'migrations',
    'lowest_version',
    ...migrations.flatMap(({ derived = [] }) => derived),
  ])
  await using sqlite = await openTestDatabase('sqlite', migrations)
  await using postgres = await openTestDatabase('postgres', migrations)
  const files = await sqlite.database.all<{ name: string }>(
    sql`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite%'`,
  )
  const server = await postgres.database.all<{ name: string }>(
    sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  expect(files.map(({ name }) => name).filter((name) => !known.has(name))).toEqual(['database_identity'])
  expect(server.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([])
  for (const { name } of tables) expect(server.map((one) => one.name)).toContain(name)
})

test('a restore into PostgreSQL keeps the database before it in a schema aside, and erases again who was erased since', async () => {
  const target = await place('postgres')
  const backup = join(await openFolder(), 'backup.sqlite')
  await using content = await makeContent({})
  await using renderer = startRenderer(resolve('templates'))
  const env = { DATABASE_URL: target.databaseAddress }
  const run = (...args: string[]) => runHere(content.folder, target.dataFolder, args, { env, renderer })
  for (const email of ['ann@example.org', 'bob@example.org'])
    expect(await run('subscribers', 'add', email, '--digests', 'weekly')).toMatchObject({ code: 0, err: '' })
  expect(await run('backup', backup)).toMatchObject({ code: 0, err: '' })
  expect(await run('subscribers', 'erase', 'ann@example.org')).toMatchObject({ code: 0 })
  expect(await run('subscribers', 'add', 'cy@example.org', '--digests', 'weekly')).toMatchObject({ code: 0 })
  const restored = await run('restore', backup, '--json')
  expect(restored, restored.err).toMatchObject({ code: 0 })
  const { aside, erased } = JSON.parse(restored.out)
  expect(erased).toBe(1)
  expect(aside).toMatch(/^broadsheet_before_restore_\d{8}t\d{6}z$/)
  const { out } = await run('subscribers', 'export', '--format', 'ndjson')
  expect(out).toContain('bob@example.org')
  expect(out).not.toMatch(/ann@|cy@/)
  expect(await run('sending')).toMatchObject({ out: expect.stringContaining('this is a backup of') })
  // Also by a second restore of the same backup, whose list of erasures is older than itself.
  const again = await run('restore', backup, '--json')
  expect(again, again.err).toMatchObject({ code: 0 })
  expect(JSON.parse(again.out)).toMatchObject({ erased: 1, aside: `${aside}_2` })
  expect((await run('subscribers', 'export', '--format', 'ndjson')).out).not.toContain('ann@')
  const before = await withDatabase(target.databaseAddress, (database) =>
    database.all<{ email: string }>(new Sql([`SELECT email FROM ${aside}.subscribers`], [])),
  )
  expect(before.map(({ email }) => email).sort()).toEqual(['bob@example.org', 'cy@example.org'])
})

test('a backup of PostgreSQL can be ended between two tables, and leaves no file', async () => {
  const seed = await place('postgres')
  await withDatabase(seed.databaseAddress, (database) => migrate(database, migrations))
  const { signal } = new AbortController()
  let looks = 0
  Object.assign(signal, {
    throwIfAborted() {
      if (++looks === 20) throw new Error('ended')
    },
  })
  const folder = await openFolder()
  await expect(backUpDatabase(seed, join(folder, 'backup.sqlite'), signal)).rejects.toThrow('ended')
  expect(await readdir(folder)).toEqual([])
})

test('a backup of a newer version is not restored into PostgreSQL, which would leave out what is new', async () => {
  const backup = join(await openFolder(), 'newer.sqlite')
  const added = { name: 'future-001', sql: 'ALTER TABLE subscribers ADD COLUMN nickname TEXT', since: 1 }
  await withDatabase(backup, (database) => migrate(database, [...migrations, added]))
  const target = await place('postgres')
  await expect(restoreBackup(target, backup)).rejects.toThrow('future-001 of a newer version of Broadsheet: restore with that version')
  expect(await readdir(target.dataFolder)).not.toContain('restoring.sqlite')
})

test('a restore into PostgreSQL that fails or is killed leaves what was there', async () => {
  const seed = await place('sqlite')
  await filled(seed)
  const backup = join(await openFolder(), 'backup.sqlite')
  await backUpDatabase(seed, backup)
  const target = await place('postgres')
  await restoreBackup(target, backup)
  await withDatabase(target.databaseAddress, (database) => database.run(sql`UPDATE subscribers SET name = 'of today'`))
  const before = await stateOf(target.databaseAddress)
  const damaged = `${backup}.damaged`
  await cp(backup, damaged)
  await truncate(damaged, Math.floor((await readFile(backup)).length / 2))
  await expect(restoreBackup(target, damaged)).rejects.toThrow()
  expect(await readdir(target.dataFolder)).not.toContain('restoring.sqlite')
  expect(await stateOf(target.databaseAddress)).toEqual(before)

  // A connection that reads a table makes the last step wait. The process is killed there.
  const reader = new pg.Client({ connectionString: target.databaseAddress })
  await reader.connect()
  await reader.query('BEGIN')
  await reader.query('SELECT count(*) FROM sending_hold')
  const env = { DATA_DIR: target.dataFolder, DATABASE_URL: target.databaseAddress }
  const killed = await command(['restore', backup], {
    cwd: target.dataFolder,
    env,
    async onStart(child) {
      const watcher = new pg.Client({ connectionString: target.databaseAddress })
      await watcher.connect()
      await vi.waitUntil(
        async () =>
          (await watcher.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER %'")).rowCount,
        { timeout: 60_000, interval: 50 },
      )
      child.kill('SIGKILL')
      await watcher.end()
    },
  })
  expect(killed.code).toBe(null)
  await reader.query('ROLLBACK')
  await reader.end()
  await vi.waitUntil(
    async () =>
      withDatabase(target.databaseAddress, async (database) => {
        const row = await database.get<{ n: number }>(
          sql`SELECT count(*) AS n FROM pg_stat_activity WHERE application_name LIKE 'broadsheet%' AND datname = current_database()`,
        )
        return row?.n === 1
      }),
    { timeout: 30_000, interval: 50 },
  )
  expect(await stateOf(target.databaseAddress)).toEqual(before)
  expect((await restoreBackup(target, backup)).aside).toBeDefined()
  expect(await readdir(target.dataFolder)).not.toContain('restoring.sqlite')
})
