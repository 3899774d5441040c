// npm run faults [-- RECIPIENTS [KILLS]]: the long form of what the suite runs in a short one. Prints its table; exit code 1 where a row fails.
import { faultKinds, nameOf } from './kinds.ts'
import { startFaultyReceiver } from './ledgers.ts'
import { sufferBusy, sufferFullDisk, sufferKills, traceIntents } from './processes.ts'
import { faultOf, type Suffered, suffer, sufferClockJumps } from './suffer.ts'

const [recipients = 20_000, kills = 100] = process.argv.slice(2).map(Number)
if (!(recipients >= 100 && kills >= 1)) {
  console.error('npm run faults [-- RECIPIENTS [KILLS]]: at least 100 recipients and one kill')
  process.exit(2)
}
const connections = 20
/** For each kind of misbehaviour; enough for each connection to meet it several times. */
const perKind = Math.min(1_000, Math.ceil(recipients / 10))
const width = 64

await using receiver = await startFaultyReceiver()
let isFine = true

function render(what: string, suffered: Suffered, times: string, beside = ''): void {
  const fault = faultOf(suffered)
  isFine &&= fault === ''
  const { sent = 0, failed = 0, cancelled = 0, uncertain = 0 } = suffered.counts
  const numbers = [suffered.audience, sent, failed, cancelled, uncertain, suffered.skipped, suffered.twice, suffered.contradicted]
  console.log(`${what.padEnd(width)}${times.padStart(9)}${numbers.map((n) => String(n).padStart(10)).join('')}  ${fault || 'ok'}${beside}`)
}

console.log(`\nA receiver in another process, whose ledger is compared with the outbox row by row; ${connections} connections\n`)
const heads = ['audience', 'sent', 'failed', 'cancelled', 'uncertain', 'skipped', 'twice', 'contrad.']
console.log(`${'the receiver'.padEnd(width)}${'times'.padStart(9)}${heads.map((head) => head.padStart(10)).join('')}`)
for (const kind of faultKinds) {
  const suffered = await suffer(kind, receiver, perKind, connections)
  render(nameOf(kind), suffered, String(suffered.applied))
}
console.log('\nthe machine')
const jumps = await sufferClockJumps(receiver, perKind, connections)
render('the clock jumps by hours, there and back', jumps, String(jumps.applied))
render('another process has the database most of the time', await sufferBusy(receiver, perKind, connections), '')
const full = await sufferFullDisk(receiver, Math.max(500, perKind), connections)
render('the disk is full in the middle of it', full, String(full.applied))
for (const one of await sufferKills(receiver, { recipients, kills, connections, random: Math.random })) {
  const most = one.mostUncertainOfOneKill
  isFine &&= most <= connections
  render('kill -9 at random moments', one, String(one.applied), `, at most ${most} uncertain of one kill`)
}
const traced = await traceIntents(receiver, 200)
console.log(
  typeof traced === 'string'
    ? `\nstrace: ${traced}`
    : `\nstrace: of ${traced.bodies} messages ${traced.early} left before their intent was on disk (fdatasync before the first byte)`,
)
isFine &&= typeof traced === 'string' || (traced.early === 0 && traced.bodies === 200)
console.log(isFine ? '\nAll held.\n' : '\nNOT all held.\n')
process.exitCode = isFine ? 0 : 1
