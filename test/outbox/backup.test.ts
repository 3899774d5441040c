import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { claim, markHandingOver } from '../../src/outbox/sender/claim-store.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { command } from '../support/command.ts'
import { makeContent } from '../support/content.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { countsOf, enqueueTo, senderTo } from '../support/outbox.ts'
import { quietLog } from '../support/quiet.ts'
import { startReceiver } from '../support/receiver.ts'
import { dataFolder } from '../support/spawned-service.ts'

test('a backup made while mail goes out is whole, and sends nothing until the operator says so; what was under way in it is uncertain', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  await using restored = await dataFolder()
  await using receiver = await startReceiver()
  const clock = drivenClock('2026-11-23T08:00:00Z')
  const live = await openDatabase(join(data.folder, 'broadsheet.sqlite'), quietLog)
  await migrate(live, migrations)
  const mailing = await enqueueTo(live, clock, ['a@example.org', 'b@example.org', 'c@example.org'])
  const [first] = await claim(live, '1 lease', 1, clock.now(), new Date(clock.now().getTime() + 30_000))
  await markHandingOver(live, '1 lease', [first?.id ?? 0])

  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder }
  const copyFile = join(restored.folder, 'broadsheet.sqlite')
  const made = await command(['backup', copyFile], { cwd: data.folder, env })
  expect(made).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('sends nothing until you run: broadsheet sending --release'),
  })
  const again = await command(['backup', copyFile], { cwd: data.folder, env })
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('broadsheet.sqlite already exists') })
  expect(await live.get(sql`SELECT 1 AS one FROM sending_hold`)).toBeUndefined()
  await live.close()

  const copy = await openDatabase(copyFile, quietLog)
  expect(await copy.get(sql`PRAGMA integrity_check`)).toEqual({ integrity_check: 'ok' })
  const sender = senderTo(copy, clock, receiver.url)
  expect(await sender.drain()).toEqual({ status: 'settled' })
  expect(receiver.received).toEqual([])
  expect(await countsOf(copy, mailing)).toMatchObject({ queued: 2, uncertain: 1 })
  // Beside it, as the operator would.
  const beside = (args: string[]) => command(args, { cwd: restored.folder, env: { ...env, DATA_DIR: restored.folder } })
  expect(await beside(['sending'])).toMatchObject({ code: 0, out: expect.stringContaining('what was sent after it is not recorded in it') })
  expect(await beside(['sending', '--release'])).toMatchObject({ code: 0, out: 'Sending is not held: mail is sent when it is due.\n' })
  await sender.drain()
  expect(await countsOf(copy, mailing)).toMatchObject({ sent: 2, uncertain: 1 })
  await sender.stop()
  await copy.close()
})
