import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Edition } from '../../src/outbox/delivery.ts'
import { moveMailing } from '../../src/outbox/mailing-state.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { type DrivenClock, drivenClock } from '../support/driven-clock.ts'
import { countsOf, enqueueTo, outboxMigrations, plainEdition, senderTo } from '../support/outbox.ts'
import { quietLog } from '../support/quiet.ts'
import type { FaultKind } from './kinds.ts'
import { type Comparison, compare, type FaultyReceiver } from './ledgers.ts'

export interface Suffered extends Comparison {
  /** How often the fault came. */
  readonly applied: number
  /** At most so many may be uncertain. */
  readonly uncertainAtMost: number
}

/** What must hold, whatever happened; the empty text where it does. */
export function faultOf({ skipped, twice, contradicted, counts, uncertainAtMost, integrity, audience }: Suffered): string {
  const told = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const faults = [
    skipped > 0 && `${skipped} skipped`,
    twice > 0 && `${twice} twice`,
    contradicted > 0 && `${contradicted} contradicted by the receiver's ledger`,
    told !== audience && `counts make ${told} of ${audience}`,
    (counts.uncertain ?? 0) > uncertainAtMost && `${counts.uncertain} uncertain, of ${uncertainAtMost} at most`,
    integrity !== 'ok' && `integrity_check: ${integrity}`,
  ]
  return faults.filter(Boolean).join('; ')
}

export interface Store extends AsyncDisposable {
  readonly file: string
  readonly database: Database
}

/** A database file in a folder of its own. */
export async function openStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-faults-'))
  const file = join(folder, 'broadsheet.sqlite')
  const database = await openDatabase(file, quietLog)
  await migrate(database, outboxMigrations)
  return {
    file,
    database,
    async [Symbol.asyncDispose]() {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function addressesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `reader${index}@domain${index % 10}.example`)
}

/** Larger than what the socket buffers of both sides hold together. */
const largeEdition: Edition = { ...plainEdition, email: { ...plainEdition.email, text: `${'The water rose.\n'.repeat(400_000)}` } }

/** An issue to a receiver that misbehaves for a while and is well again after it; the clock goes on until all is settled. */
export async function suffer(kind: FaultKind, receiver: FaultyReceiver, recipients: number, connections: number): Promise<Suffered> {
  await using store = await openStore()
  const { database } = store
  const clock = drivenClock('2026-11-23T08:00:00Z')
  const from = (await receiver.ledger()).length
  const mailing = await enqueueTo(database, clock, addressesOf(kind.isLarge ? 3 : recipients), kind.isLarge ? largeEdition : plainEdition)
  const sender = senderTo(database, clock, receiver.url, connections)
  await receiver.misbehave(kind)
  let applied = 0
  for (let rounds = 0; rounds < 3; rounds++) {
    const drained = sender.drain()
    if (kind.does === 'stall') {
      await untilStalled(receiver, database, drained)
      applied += await receiver.misbehave(undefined)
    }
    await drained
    await goOn(database, clock, mailing)
  }
  applied += await receiver.misbehave(undefined)
  await settleAll(database, clock, mailing, () => sender.drain())
  await sender.stop()
  return { ...(await compare(database, mailing, receiver, from)), applied, uncertainAtMost: kind.mayBeUncertain ? applied : 0 }
}

/** The operator resumes what was paused, and time passes: longer than the longest pause between tries. */
async function goOn(database: Database, clock: DrivenClock, mailing: string): Promise<void> {
  await moveMailing(database, mailing, 'open')
  clock.advance(310_000)
}

export async function settleAll(database: Database, clock: DrivenClock, mailing: string, drain: () => Promise<unknown>): Promise<void> {
  for (let rounds = 0; rounds < 400 && ((await countsOf(database, mailing))?.queued ?? 0) > 0; rounds++) {
    await goOn(database, clock, mailing)
    await drain()
  }
}

/** All who could be stalled are: every connection is, or whatever is still leased waits for one that is. */
async function untilStalled(receiver: FaultyReceiver, database: Database, drained: Promise<unknown>): Promise<void> {
  let isOver = false
  void drained.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const { open, stalled } = await receiver.standing()
    const leased = await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries WHERE lease IS NOT NULL`)
    if (stalled > 0 && (stalled === open || leased?.n === stalled)) return
  }
}

/** The clock of the machine is set back and forth by hours while an issue goes out. */
export async function sufferClockJumps(receiver: FaultyReceiver, recipients: number, connections: number): Promise<Suffered> {
  await using store = await openStore()
  const { database } = store
  const clock = drivenClock('2026-11-23T08:00:00Z')
  const from = (await receiver.ledger()).length
  const mailing = await enqueueTo(database, clock, addressesOf(recipients))
  const sender = senderTo(database, clock, receiver.url, connections, { perSecond: 100_000 })
  await receiver.misbehave({ stage: 'dot', does: '451 4.3.0 try again later', every: 5 })
  let jumps = 0
  await whileMoving(
    () => sender.drain(),
    () => clock.advance([3_600_000, -7_200_000, 86_400_000, -82_000_000][jumps++ % 4] as number),
  )
  await receiver.misbehave(undefined)
  // What is to be tried again was put off by a clock that was a day ahead.
  clock.advance(86_400_000)
  await whileMoving(
    () => settleAll(database, clock, mailing, () => sender.drain()),
    () => clock.advance(50),
  )
  await sender.stop()
  return { ...(await compare(database, mailing, receiver, from)), applied: jumps, uncertainAtMost: 0 }
}

/** `move` is called every few milliseconds until `work` is done. */
async function whileMoving(work: () => Promise<unknown>, move: () => void): Promise<void> {
  const timer = setInterval(move, 5)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
}
