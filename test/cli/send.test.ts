import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { command } from '../support/command.ts'
import { articleText, makeContent } from '../support/content.ts'
import { quietLog } from '../support/quiet.ts'
import { seedReaders } from '../support/readers.ts'
import { type ReceiverBehaviour, startReceiver } from '../support/receiver.ts'
import { dataFolder } from '../support/spawned-service.ts'

const readers = 60

/** A publication with sixty readers of its weekly, without a server; `send` runs `broadsheet send weekly`. */
async function openDesk(behaviour: ReceiverBehaviour) {
  await using opening = new AsyncDisposableStack()
  const content = opening.use(await makeContent({ 'one.md': articleText({ title: 'Low water' }) }))
  const data = opening.use(await dataFolder())
  const receiver = opening.use(await startReceiver(behaviour))
  const file = join(data.folder, 'broadsheet.sqlite')
  await seedReaders(file, readers)
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, SMTP_URL: receiver.url }
  const opened = opening.move()
  return {
    receiver,
    send: (onStart: (child: ChildProcess) => void = () => {}) => command(['send', 'weekly'], { cwd: content.folder, env, onStart }),
    async states() {
      const database = await openDatabase(file, quietLog)
      const rows = await database.all<{ state: string; n: number }>(sql`SELECT state, count(*) AS n FROM deliveries GROUP BY state`)
      await database.close()
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

test('a stopped send finishes its hand-overs, leaves nobody uncertain, and continues when run again', async () => {
  let sending: ChildProcess | undefined
  await using desk = await openDesk({
    onMessage() {
      // The server has one message; others are in hand-over.
      sending?.kill('SIGTERM')
      sending = undefined
      return undefined
    },
  })
  const stopped = await desk.send((child) => {
    sending = child
  })
  expect(stopped.err).toContain('broadsheet: stopped (SIGTERM); queued mail is sent when a server runs or you run the command again\n')
  expect(stopped.code).toBe(1)
  const sent = desk.receiver.received.length
  expect(await desk.states()).toEqual({ sent, queued: readers - sent })
  const again = await desk.send()
  expect(again.out).toContain('Issue 1 of weekly, continued: finished')
  expect(again.code).toBe(0)
  expect(new Set(desk.receiver.received.map(({ to }) => to)).size).toBe(readers)
  expect(await desk.states()).toEqual({ sent: readers })
  // Nothing is new, and no issue is being sent.
  expect((await desk.send()).code).toBe(1)
})

test('a send that the receiver refuses prints why the issue is paused, and exits with 1', async () => {
  await using desk = await openDesk({ onRecipient: () => '550 5.7.1 your mail is not wanted here' })
  const { code, out } = await desk.send()
  expect(out).toMatch(/^Issue 1 of weekly: paused \(example\.org does not take mail from us: 550 5\.7\.1 your mail is not wanted here\)$/m)
  expect(code).toBe(1)
  expect(await desk.states()).toEqual({ queued: readers })
})
