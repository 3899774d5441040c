// Sends the queued deliveries of a database file, as the service does, and reports time and CPU.
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { startSender } from '../src/outbox/sender/sender.ts'
import { parseSmtpUrl } from '../src/outbox/smtp/smtp-url.ts'
import { systemClock } from '../src/platform/clock.ts'
import type { Database, Queries } from '../src/platform/database/database.ts'
import { openDatabase } from '../src/platform/database/open.ts'
import { openLog } from '../src/platform/log.ts'
import { systemRandom } from '../src/platform/random.ts'
import { tokensKeyedBy } from '../src/platform/tokens.ts'

export interface Sent {
  readonly ms: number
  readonly cpuMs: number
  readonly peakMb: number
  /** Statements and commits that this process asked the database for. */
  readonly statements: number
  /** Counted where bench/count-syncs.ts is loaded. */
  readonly syncs: number
}

const [file = '', url = '', connections = '', keyFile = '', forMs = ''] = process.argv.slice(2)
const log = await openLog('error', false)
let statements = 0
const database = counting(await openDatabase(file, log))
const sender = startSender({
  database,
  smtpServer: async () => parseSmtpUrl(url),
  connections: Number(connections),
  perSecond: undefined,
  tokens: tokensKeyedBy('the secret of the bench'),
  ...(keyFile ? { signing: { dkim: { key: createPrivateKey(readFileSync(keyFile)), domain: 'example.org', selector: 'mail' } } } : {}),
  clock: systemClock(),
  random: systemRandom(),
  log,
  onSettled: async () => {},
  onPaused: async () => {},
  onBounced: async () => {},
})
const began = performance.now()
const cpu = process.cpuUsage()
if (forMs) setTimeout(() => void sender.stop(), Number(forMs)).unref()
await sender.drain()
const used = process.cpuUsage(cpu)
const sent: Sent = {
  ms: performance.now() - began,
  cpuMs: (used.user + used.system) / 1_000,
  peakMb: process.resourceUsage().maxRSS / 1_024,
  statements,
  syncs: globalThis.countedSyncs ?? 0,
}
process.send?.(sent)
await sender.stop()
await database.close()
process.disconnect?.()

/** The same database. A transaction counts as its statements, BEGIN and COMMIT. */
function counting(original: Database): Database {
  const count = <Result>(result: Result): Result => {
    statements++
    return result
  }
  const counted = (queries: Queries): Queries => ({
    engine: queries.engine,
    all: (query) => count(queries.all(query)),
    get: (query) => count(queries.get(query)),
    run: (query) => count(queries.run(query)),
    insertAll: (into, rows, after) => count(queries.insertAll(into, rows, after)),
  })
  const inTransaction =
    <Result>(work: (tx: Queries) => Promise<Result>) =>
    (tx: Queries): Promise<Result> => {
      statements += 2
      return work(counted(tx))
    }
  return {
    ...original,
    ...counted(original),
    transaction: (work) => original.transaction(inTransaction(work)),
    commit: (work) => original.commit(inTransaction(work)),
  }
}
