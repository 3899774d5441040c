// A sender in a process of its own that goes on until it is told to stop, as a worker does. Its clock can be set ahead.
import { type SenderContext, startSender } from '../../src/outbox/sender/sender.ts'
import { parseSmtpUrl } from '../../src/outbox/smtp/smtp-url.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { openLog } from '../../src/platform/log.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { testTokens } from '../support/outbox.ts'

export type WorkerCommand = { readonly aheadMs: number } | { readonly stop: true }

const [address = '', url = '', connections = '', perSecond = ''] = process.argv.slice(2)
// Only what ends the process is told.
const log = openLog(process.env.FAULTS_LOG ?? 'silent', false)
const database = await openDatabase(address, log)
const system = systemClock()
let aheadMs = 0
const clock: SenderContext['clock'] = { ...system, now: () => new Date(system.now().getTime() + aheadMs) }
const sender = startSender({
  database,
  smtpServer: async () => parseSmtpUrl(url),
  connections: Number(connections),
  perSecond: Number(perSecond),
  tokens: testTokens,
  clock,
  random: systemRandom(),
  log,
  onSettled: async () => {},
  onPaused: async () => {},
  onBounced: async () => {},
})
// As the service does: nothing but one look while the database is away.
const timer = setInterval(() => {
  if (database.isAway?.()) database.probe().catch(() => undefined)
  else sender.trigger()
}, 100)
process.on('message', (command: WorkerCommand) => {
  if ('aheadMs' in command) aheadMs = command.aheadMs
  else void end()
})
process.on('disconnect', () => process.exit())
process.send?.('open')

async function end(): Promise<void> {
  clearInterval(timer)
  await sender.stop()
  await database.close()
  process.disconnect?.()
}
