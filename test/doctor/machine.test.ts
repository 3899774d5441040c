import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { databaseCheck } from '../../src/doctor/checks/database.ts'
import { diskCheck } from '../../src/doctor/checks/disk.ts'
import { settingsCheck } from '../../src/doctor/checks/settings.ts'
import { vacuumCheck } from '../../src/doctor/checks/vacuum.ts'
import { runChecks } from '../../src/doctor/run-checks.ts'
import { startWorld } from '../support/world.ts'
import { contextOf } from './examination.ts'

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('disk and database are told with their sizes', async () => {
  await using world = await startWorld({})
  const folder = await makeFolder()
  const databaseAddress = join(folder, 'broadsheet.sqlite')
  new DatabaseSync(databaseAddress).close()
  const settings = { dataFolder: folder, databaseAddress }
  const [disk, database] = await runChecks([diskCheck, databaseCheck], contextOf(world, { settings }))
  expect(disk).toMatchObject({ asked: `free space of ${folder}`, answered: expect.stringMatching(/^[\d,]+ MB of [\d,]+ MB$/) })
  expect(database).toMatchObject({ state: 'ok', answered: expect.stringMatching(/^written; \d+ MB$/) })
})

test('a database that cannot be used fails, and its password is not shown', async () => {
  await using world = await startWorld({})
  const given = contextOf(world, { settings: { databaseAddress: 'postgres://news:hush@db/news' } })
  const database = { ...given.database, probe: () => Promise.reject(new Error('disk I/O error')) }
  const [line] = await runChecks([databaseCheck], { ...given, database })
  expect(line).toMatchObject({ state: 'fail', answered: 'disk I/O error', problem: 'The database cannot be used.' })
  expect(JSON.stringify(line)).not.toContain('hush')
})

test('a folder that is not there is a warning, not a crash', async () => {
  await using world = await startWorld({})
  const [line] = await runChecks([diskCheck], contextOf(world, { settings: { dataFolder: '/nowhere/at/all' } }))
  expect(line).toMatchObject({ state: 'warn', problem: 'This could not be checked.', answered: expect.stringContaining('ENOENT') })
})

test('a database file of an older version is told, with the command', async () => {
  await using world = await startWorld({})
  const file = join(await makeFolder(), 'old.sqlite')
  const old = new DatabaseSync(file)
  old.exec('CREATE TABLE readers (email TEXT)')
  const vacuumed = async () => (await runChecks([vacuumCheck], contextOf(world, { settings: { databaseAddress: file } })))[0]
  expect(await vacuumed()).toMatchObject({
    state: 'warn',
    fixes: [{ kind: 'command', text: expect.stringContaining('broadsheet vacuum') }],
  })
  old.exec('PRAGMA user_version = 1')
  old.close()
  expect(await vacuumed()).toMatchObject({ state: 'ok' })
})

test('each setting that was probably not meant has a line', async () => {
  await using world = await startWorld({})
  const warnings = ['SMTP_URL has the option pool, which changes nothing here', 'SMTP_URL has ?tls=off']
  const lines = await runChecks([settingsCheck], contextOf(world, { settings: { warnings } }))
  expect(lines.map(({ state, problem }) => [state, problem])).toEqual(warnings.map((one) => ['warn', `${one}.`]))
})
