import { rename, utimes } from 'node:fs/promises'
import { join } from 'node:path'
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
import { dataFolder, startService } from '../support/spawned-service.ts'

test('next.md is used once by two processes, also after a restart and a rename', async () => {
  await using content = await makeContent({ 'one.md': articleText({ title: 'Low water' }) })
  await content.write('issues/weekly/next.md', '---\nsubject: Used once\n---\nDear all')
  await using data = await dataFolder()
  await using receiver = await startReceiver()
  const { address } = await freshDatabase('postgres')
  const database = await openDatabase(address, quietLog)
  await migrate(database, migrations)
  await insertReaders(database, 1)
  const env = { DATABASE_URL: address, SMTP_URL: receiver.url, SECRET: 'the secret of two processes' }
  const subjects = () => receiver.received.filter(({ source }) => source.includes('<weekly.')).map(({ mail }) => mail.subject)
  /** Both processes pass the slot at once. */
  async function passSlot(before: string, slot: string, count: number): Promise<void> {
    const start = () => startService({ content: content.folder, data: data.folder, now: before, env })
    await using first = await start()
    await using second = await start()
    const heard = receiver.next(() => subjects().length >= count)
    await Promise.all([first.setClock(slot), second.setClock(slot)])
    await heard
    await Promise.all([first.stop(), second.stop()])
  }
  await passSlot('2026-11-22T09:00:00Z', '2026-11-23T08:00:20Z', 1)
  const note = join(content.folder, 'issues/weekly/next.md')
  await rename(note, `${note}.away`)
  await rename(`${note}.away`, note)
  await utimes(note, new Date('2026-11-28T00:00:00Z'), new Date('2026-11-28T00:00:00Z'))
  await content.write('articles/two.md', articleText({ title: 'High water', date: '2026-11-25' }))
  await passSlot('2026-11-29T09:00:00Z', '2026-11-30T08:00:20Z', 2)
  await content.write('issues/weekly/next.md', '---\nsubject: Said anew\n---\nDear all')
  await content.write('articles/three.md', articleText({ title: 'Slack water', date: '2026-12-01' }))
  await passSlot('2026-12-06T09:00:00Z', '2026-12-07T08:00:20Z', 3)
  expect(subjects()).toEqual(['Used once', 'The week: High water', 'Said anew'])
  expect(await database.all(sql`SELECT number FROM issues WHERE digest = 'weekly' ORDER BY number`)).toHaveLength(3)
  await database.close()
})
