import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { type LastBackup, lastBackup } from '../../src/backups/last-backup.ts'
import { startScheduledBackups } from '../../src/backups/scheduled.ts'
import { backupsCheck } from '../../src/doctor/checks/backups.ts'
import { readSendingHold } from '../../src/outbox/sending-hold.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'
import { dataFolder } from '../support/spawned-service.ts'

describe.each(['sqlite', 'postgres'] as const)('scheduled backups of %s', (engine) => {
  async function open(keep = 2) {
    const stack = new AsyncDisposableStack()
    onTestFinished(() => stack.disposeAsync())
    const { database, address } = stack.use(await openTestDatabase(engine, migrations))
    const { folder: parent } = stack.use(await dataFolder())
    const folder = join(parent, 'backups')
    const clock = drivenClock('2026-11-20T09:00:00Z')
    const settings = { folder, schedule: '0 3 * * *', keep }
    const publication = () => ({ timezone: 'Europe/London' })
    const context = { database, databaseAddress: address, settings, migrations, publication, clock, log: quietLog }
    const processes = [startScheduledBackups(context), startScheduledBackups(context)]
    for (const one of processes) stack.defer(() => one.stop())
    return {
      database,
      folder,
      processes,
      async at(now: string): Promise<string[]> {
        clock.set(now)
        for (const one of processes) one.trigger()
        await Promise.all(processes.map((one) => one.settled()))
        return (await readdir(folder).catch(() => [])).sort()
      },
      last: () => lastBackup(context) as Promise<LastBackup>,
      doctor: () =>
        backupsCheck.run({ settings: { backups: settings }, database, publication: publication(), now: clock.now() } as Parameters<
          typeof backupsCheck.run
        >[0]),
    }
  }

  test('one is made at once, then one in each slot by one of two processes, and the oldest go', async () => {
    const { database, folder, at, last, doctor } = await open()
    await mkdir(folder)
    await writeFile(join(folder, 'broadsheet-by-hand.sqlite'), '')
    await writeFile(join(folder, 'broadsheet-20261119T030000Z.sqlite.part'), 'of a process that was killed')
    const first = 'broadsheet-20261120T030000Z.sqlite'
    expect(await at('2026-11-20T09:00:30Z')).toEqual([first, 'broadsheet-by-hand.sqlite'])
    expect((await stat(join(folder, first))).mode & 0o777).toBe(0o600)
    expect(await last()).toMatchObject({ ageMs: 0, failure: undefined, isLate: false })
    await at('2026-11-21T02:59:00Z')
    await at('2026-11-21T03:00:00Z')
    expect(await last()).toMatchObject({ ageMs: 0, finished: { slot: new Date('2026-11-21T03:00:00Z') } })
    expect(await at('2026-11-22T05:00:00Z')).toEqual([
      'broadsheet-20261121T030000Z.sqlite',
      'broadsheet-20261122T030000Z.sqlite',
      'broadsheet-by-hand.sqlite',
    ])
    expect(await database.get(sql`SELECT count(*) AS n FROM scheduled_backups`)).toEqual({ n: 3 })
    const copy = await openDatabase(join(folder, 'broadsheet-20261122T030000Z.sqlite'), quietLog)
    expect((await readSendingHold(copy))?.reason).toContain('this is a backup of 2026-11-22T05:00:00.000Z')
    await copy.close()
    expect(await doctor()).toMatchObject([{ state: 'ok', answered: expect.stringMatching(/^less than an hour old; \d+ MB$/) }])
  })

  test('one that is under way ends with its process, is no failure, and is made by the next one', async () => {
    const { folder, processes, at, last } = await open()
    const [first] = processes
    first?.trigger()
    await first?.stop()
    expect(await readdir(folder).catch(() => [])).toEqual([])
    expect(await last()).toMatchObject({ finished: undefined, failure: undefined })
    expect(await at('2026-11-20T09:01:00Z')).toEqual(['broadsheet-20261120T030000Z.sqlite'])
  })

  test('one that failed is told, and tried again after a quarter of an hour', async () => {
    const { folder, at, last, doctor } = await open()
    await writeFile(folder, 'a file where the folder should be')
    await at('2026-11-20T09:00:00Z')
    expect(await last()).toMatchObject({ finished: undefined, failure: { reason: expect.stringContaining('backups') }, isLate: true })
    expect(await doctor()).toMatchObject([{ state: 'fail', problem: expect.stringContaining('The last scheduled backup failed: ') }])
    await rm(folder)
    expect(await at('2026-11-20T09:14:00Z')).toEqual([])
    expect(await at('2026-11-20T09:15:00Z')).toEqual(['broadsheet-20261120T030000Z.sqlite'])
    expect(await last()).toMatchObject({ failure: undefined, isLate: false })
    const { finished } = await last()
    expect(finished?.bytes).toBeGreaterThan(10_000)
  })
})

test('a backup is late an hour after its slot', async () => {
  await using world = await openTestDatabase('sqlite', migrations)
  const settings = { folder: '/backups', schedule: '0 3 * * *', keep: 7 }
  const stateAt = (now: string) =>
    lastBackup({ database: world.database, settings, publication: () => ({ timezone: 'UTC' }), clock: { now: () => new Date(now) } })
  await world.database.run(
    sql`INSERT INTO scheduled_backups (slot, file, bytes, finished_at) VALUES (${Date.parse('2026-11-20T03:00:00Z')}, 'f', 1, ${Date.parse('2026-11-20T03:01:00Z')})`,
  )
  expect(await stateAt('2026-11-21T03:59:00Z')).toMatchObject({ isLate: false, ageMs: 24 * 3_600_000 + 58 * 60_000 })
  expect(await stateAt('2026-11-21T04:00:00Z')).toMatchObject({ isLate: true })
  expect(
    await lastBackup({
      database: world.database,
      settings: undefined,
      publication: () => ({ timezone: 'UTC' }),
      clock: { now: () => new Date() },
    }),
  ).toBeUndefined()
})
