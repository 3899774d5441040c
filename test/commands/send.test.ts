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

/** `broadsheet send weekly` to sixty readers, with no server beside it. */
async function sendWeekly(behaviour: ReceiverBehaviour, onStart?: (child: ChildProcess) => void) {
  await using content = await makeContent({ 'one.md': articleText({ title: 'Low water' }) })
  await using data = await dataFolder()
  await using receiver = await startReceiver(behaviour)
  const file = join(data.folder, 'broadsheet.sqlite')
  await seedReaders(file, readers)
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, SMTP_URL: receiver.url }
  const outcome = await command(['send', 'weekly'], { cwd: content.folder, env, ...(onStart ? { onStart } : {}) })
  const database = await openDatabase(file, quietLog)
  const rows = await database.all<{ state: string; n: number }>(sql`SELECT state, count(*) AS n FROM deliveries GROUP BY state`)
  await database.close()
  return { ...outcome, states: Object.fromEntries(rows.map(({ state, n }) => [state, n])), received: receiver.received.length }
}

test('a send that is stopped waits for what it is handing over: nobody is uncertain, and it says what becomes of the rest', async () => {
  let sending: ChildProcess | undefined
  let isStopping = false
  const { code, err, states, received } = await sendWeekly(
    {
      async onMessage() {
        // A message is at the server, and others are on their way.
        if (!isStopping) {
          isStopping = true
          sending?.kill('SIGTERM')
        }
        return undefined
      },
    },
    (child) => {
      sending = child
    },
  )
  expect(err).toContain('broadsheet: stopped (SIGTERM); what is queued goes out when a server runs or the command is given again\n')
  expect(code).toBe(1)
  expect(states).toEqual({ sent: received, queued: readers - received })
})

test('a send that the receiving side refuses ends with exit code 1', async () => {
  const { code, out, states } = await sendWeekly({ onRecipient: () => '550 5.7.1 your mail is not wanted here' })
  expect(out).toContain('Issue 1 of weekly: paused')
  expect(code).toBe(1)
  expect(states).toEqual({ queued: readers })
})
