import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { weakSecrets } from '../../src/app/check-secrets.ts'
import { databaseCheck } from '../../src/doctor/checks/database.ts'
import { diskCheck } from '../../src/doctor/checks/disk.ts'
import { providerWebhooksCheck } from '../../src/doctor/checks/provider-webhooks.ts'
import { searchCheck } from '../../src/doctor/checks/search.ts'
import { secretsCheck } from '../../src/doctor/checks/secrets.ts'
import { settingsCheck } from '../../src/doctor/checks/settings.ts'
import { vacuumCheck } from '../../src/doctor/checks/vacuum.ts'
import { runChecks } from '../../src/doctor/run-checks.ts'
import { receiveWebhook } from '../../src/inbound/webhook-messages.ts'
import { noteQuerySecret, webhookSecret } from '../../src/inbound/webhook-secrets.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { fillSearch } from '../../src/subscribers/search/fill.ts'
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

test('a secret that can be guessed is told by its name, and never shown', async () => {
  await using world = await startWorld({})
  const told = (weakSecrets: readonly { name: string; weakness: string }[]) =>
    runChecks([secretsCheck], contextOf(world, { settings: { weakSecrets } }))
  expect(await told([])).toMatchObject([{ state: 'ok' }])
  expect(weakSecrets({ secret: 'changeme-changeme', adminToken: 'b3f1c09a77d2e4586c1d' })).toEqual([
    { name: 'SECRET', weakness: expect.any(String) },
  ])
  const lines = await told(weakSecrets({ secret: 'changeme-changeme', adminToken: 'changeme-changeme' }))
  expect(lines).toMatchObject([
    { state: 'warn', asked: 'SECRET', fixes: [{ text: 'openssl rand -hex 24' }, { text: expect.stringContaining('SECRET_PREVIOUS') }] },
    { state: 'warn', asked: 'ADMIN_TOKEN', fixes: [{ kind: 'command' }, { kind: 'advice' }] },
  ])
  expect(JSON.stringify(lines)).not.toContain('changeme')
})

test('a provider that sends its secret in the address, or reports from another SNS topic, is told', async () => {
  await using world = await startWorld({})
  const { inbound } = world.app
  const ses = 'the secret of a provider'
  const told = () => runChecks([providerWebhooksCheck], contextOf(world, { providerSecrets: { ses } }))
  expect(await runChecks([providerWebhooksCheck], contextOf(world, {}))).toMatchObject([
    { state: 'ok', answered: expect.stringContaining('not set') },
  ])
  expect(await told()).toMatchObject([{ state: 'ok', asked: '/inbound/ses', answered: 'no report yet from an SNS topic' }])
  const secret = webhookSecret(inbound, 'ses', ses)
  const from = (topic: string, messageId: string) => receiveWebhook(inbound, secret, [], { topic, messageId, sentAt: world.clock.now() })
  await from('arn:first', '1')
  expect(await told()).toMatchObject([{ state: 'ok', answered: 'reports of the topic arn:first' }])
  await from('arn:second', '2')
  await noteQuerySecret(inbound, secret)
  const lines = await told()
  expect(lines).toMatchObject([
    { state: 'warn', answered: 'last on 2026-11-20', fixes: [{ text: expect.stringContaining('https://any:SECRET@HOST/inbound/ses') }] },
    { state: 'fail', problem: 'Reports of the topic arn:second are refused, because arn:first was first.' },
  ])
  expect(JSON.stringify(lines)).not.toContain(ses)
  world.clock.advance(31 * 86_400_000)
  expect(await told()).toMatchObject([{ state: 'ok', answered: 'reports of the topic arn:first' }])
})

test('what the search of readers finds is told, and how to get pg_trgm', async () => {
  await using world = await startWorld({ engine: 'postgres' })
  const look = async () => (await runChecks([searchCheck], contextOf(world, {})))[0]
  expect(await look()).toMatchObject({ state: 'ok', answered: 'beginnings of addresses: the index is being filled' })
  await fillSearch(world.app.database)
  await world.app.database.run(sql`UPDATE search_fill SET has_trigrams = 0`)
  expect(await look()).toMatchObject({
    state: 'warn',
    answered: 'beginnings of addresses: pg_trgm is missing',
    fixes: [{ kind: 'advice', text: expect.stringContaining('CREATE EXTENSION pg_trgm;') }],
  })
  await world.app.database.run(sql`UPDATE search_fill SET has_trigrams = 1`)
  expect(await look()).toMatchObject({ state: 'ok', answered: 'parts of addresses and names' })
})
