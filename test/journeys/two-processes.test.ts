import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { articleText, makeContent } from '../support/content.ts'
import { freshDatabase } from '../support/databases.ts'
import { quietLog } from '../support/quiet.ts'
import { insertReaders } from '../support/readers.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const readers = 30

test('two processes on one PostgreSQL create one issue together, and each reader and the operator get one email', async () => {
  await using content = await makeContent({ 'one.md': articleText({ title: 'Low water', topics: ['coast'] }) })
  await using data = await dataFolder()
  await using receiver = await startReceiver()
  const { address } = await freshDatabase('postgres')
  const database = await openDatabase(address, quietLog)
  await migrate(database, migrations)
  const env = { DATABASE_URL: address, SMTP_URL: receiver.url, SECRET: 'the secret of two processes' }
  // On Monday, the weekly has one due slot, and the daily has one missed and one due slot.
  const start = () => startService({ content: content.folder, data: data.folder, now: '2026-11-21T09:00:00Z', env })
  await using first = await start()
  await using second = await start()
  await insertReaders(database, readers)
  const heard = Promise.all([
    receiver.next(() => receiver.received.filter(({ source }) => source.includes('<weekly.')).length >= readers),
    receiver.next(({ mail }) => mail.subject === 'The coast, daily missed a slot'),
  ])
  await Promise.all([first.setClock('2026-11-23T08:00:20Z'), second.setClock('2026-11-23T08:00:20Z')])
  await heard
  expect(await (await first.fetch('/metrics', { headers: { Authorization: `Bearer ${adminToken}` } })).text()).toMatch(
    /^broadsheet_notices\{kind="missed",digest="coast-daily"\} 1$/m,
  )
  await Promise.all([first.stop(), second.stop()])
  const weekly = receiver.received.filter(({ source }) => source.includes('<weekly.')).map(({ to }) => to)
  expect([weekly.length, new Set(weekly).size]).toEqual([readers, readers])
  expect(receiver.received.filter(({ mail }) => mail.subject === 'The coast, daily missed a slot')).toHaveLength(1)
  expect(
    await database.all(sql`SELECT digest, outcome, count(*) AS n FROM slots GROUP BY digest, outcome ORDER BY digest, outcome`),
  ).toEqual([
    { digest: 'coast-daily', outcome: 'issued', n: 1 },
    { digest: 'coast-daily', outcome: 'missed', n: 1 },
    { digest: 'weekly', outcome: 'issued', n: 1 },
  ])
  expect(await database.all(sql`SELECT digest, number FROM issues ORDER BY digest`)).toEqual([
    { digest: 'coast-daily', number: 1 },
    { digest: 'weekly', number: 1 },
  ])
  await database.close()
})
