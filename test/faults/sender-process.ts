// A sender in a process of its own, to be killed: sends what is owed in the database file, and says when all is settled.
import { startSender } from '../../src/outbox/sender/sender.ts'
import { parseSmtpUrl } from '../../src/outbox/smtp/smtp-url.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { openLog } from '../../src/platform/log.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { testTokens } from '../support/outbox.ts'

const [file = '', url = '', connections = ''] = process.argv.slice(2)
const log = openLog('error', false)
const database = await openDatabase(file, log)
const sender = startSender({
  database,
  smtpServer: async () => parseSmtpUrl(url),
  connections: Number(connections),
  perSecond: undefined,
  tokens: testTokens,
  clock: systemClock(),
  random: systemRandom(),
  log,
  onSettled: async () => {},
  onPaused: async () => {},
  onBounced: async () => {},
})
process.send?.('open')
const drained = await sender.drain()
process.send?.(drained)
await sender.stop()
await database.close()
process.disconnect?.()
