import type { Stop } from '../platform/clock.ts'
import type { Lock } from '../platform/database/database.ts'
import { outsideTransactions } from '../platform/database/transaction-guard.ts'
import { newId } from '../platform/ids.ts'
import { logError } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import { trackDomains } from './domains.ts'
import type { HandOver } from './hand-over.ts'
import type { Seal } from './message-writer.ts'
import { keepPace } from './pace.ts'
import { openRecords, type RecordsOptions } from './records.ts'
import { sendRound } from './round.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import type { SmtpServer } from './smtp-server.ts'
import { hasLeases, nextDueAt, reap } from './store.ts'

/** Hands over what is owed, as long as it holds a sender's lock. */
export interface Sender {
  /** There may be something to send. */
  nudge(): void
  /** True where no other process sends, or this one does already: from now on until it stops it is the one. */
  takeOver(): Promise<boolean>
  /** Resolves when all that is due was tried, or when it cannot go on. */
  drain(): Promise<Drained>
  /** Stops claiming, waits for what is being handed over, gives back what is leased and the lock. */
  stop(): Promise<void>
}

export type Drained =
  | { readonly status: 'settled' }
  /** Other processes hold the locks and send. */
  | { readonly status: 'elsewhere' }
  | { readonly status: 'unavailable'; readonly reason: string }

export interface SenderOptions extends RecordsOptions {
  /** Asked when there is something to send: the built-in mailbox starts only then. */
  readonly smtpServer: () => Promise<SmtpServer>
  readonly connections: number
  readonly seal?: Seal
  /** Messages a second over all processes; undefined: no limit. */
  readonly perSecond: number | undefined
  readonly random: Random
  /** Called each time nothing is due any more. */
  readonly onSettled: () => Promise<void>
}

/** Processes that may send at once from one PostgreSQL. */
const maxSenders = 16
/** What is due and leased by somebody else is looked for again after this. */
const shortestWaitMs = 1_000
/** Pauses while the SMTP server is away; the last is repeated. */
const serverPausesMs = [5_000, 15_000, 30_000, 60_000, 300_000]
/** A server may take ten minutes for its answer; whoever stops us has less patience, and what is not known is said. */
const stopPatienceMs = 30_000

export function startSender(options: SenderOptions): Sender {
  const { database, clock, random, log } = options
  const domains = trackDomains(options.connections)
  const pace = keepPace(database, clock, options.perSecond)
  const records = openRecords(options)
  let handOver: HandOver | undefined
  /** A file has one sender; on PostgreSQL several share the work, each claiming under leases of its own. */
  const places = database.engine === 'postgres' ? maxSenders : 1
  let place: { readonly lock: Lock; readonly holder: string } | undefined
  let isStopping = false
  let isNudged = false
  let isPaused = false
  let running: Promise<Drained> | undefined
  let failures = 0
  let cancelWake: Stop = () => {}

  async function run(): Promise<Drained> {
    let drained: Drained = { status: 'settled' }
    do {
      isNudged = false
      if (!(await takePlace(places))) return { status: 'elsewhere' }
      drained = await sendAllDue()
      if (drained.status === 'settled') await options.onSettled()
    } while (isNudged && drained.status === 'settled' && !isStopping)
    handOver?.closeIdle()
    await planWake(drained)
    return drained
  }

  /** A place among those who may send. Whoever takes one settles what its last holder left behind. */
  async function takePlace(places: number): Promise<boolean> {
    for (let number = 1; number <= places && !place?.lock.isHeld(); number++) {
      const lock = await database.lock(number === 1 ? 'sender' : `sender-${number}`)
      if (lock) place = { lock, holder: `${number} ` }
    }
    if (!place?.lock.isHeld()) return false
    if (await hasLeases(database)) await reapLeftovers(place.holder)
    return true
  }

  /** Between rounds nothing is leased to us, so what seems to be was left by a process that died, or by an error of ours. */
  async function reapLeftovers(holder: string): Promise<void> {
    const now = clock.now()
    const { released, uncertain } = await database.transaction(async (tx) => {
      const own = await reap(tx, now, holder)
      // Where several send, also of those whose place nobody took: their leases are no longer renewed.
      const others = places > 1 ? await reap(tx, now) : { released: 0, uncertain: 0 }
      return { released: own.released + others.released, uncertain: own.uncertain + others.uncertain }
    })
    if (released + uncertain > 0) log.warn({ released, uncertain }, 'took over from a process that ended while it was sending')
  }

  async function sendAllDue(): Promise<Drained> {
    try {
      await sendRound({
        database,
        clock,
        log,
        lease: `${place?.holder}${newId(clock, random)}`,
        connections: options.connections,
        carrier: openCarrier,
        domains,
        pace,
        records,
        isStopping: () => isStopping,
        onTaken() {
          failures = 0
        },
      })
      failures = 0
      return { status: 'settled' }
    } catch (error) {
      if (!(error instanceof ServerUnavailable)) throw error
      failures++
      if (!isStopping) logError(log, error, 'mail waits until the SMTP server can be used')
      return { status: 'unavailable', reason: error.message }
    }
  }

  /** What mail needs is loaded when there is mail: a server of feeds stays small. */
  async function openCarrier(): Promise<HandOver> {
    if (!handOver) {
      const { openHandOver } = await import('./hand-over.ts')
      handOver = openHandOver({ database, records, smtpServer: options.smtpServer, seal: options.seal ?? {}, clock, random, log })
    }
    return handOver
  }

  /** The next try is due at a known instant; a nudge may come earlier, save while the server is given a pause. */
  async function planWake(drained: Drained): Promise<void> {
    cancelWake()
    isPaused = drained.status === 'unavailable'
    if (isStopping) return
    const due = isPaused ? undefined : await nextDueAt(database)
    const pauseMs = serverPausesMs[Math.min(failures, serverPausesMs.length) - 1] ?? 0
    if (isPaused) cancelWake = clock.after(pauseMs, wake)
    else if (due) cancelWake = clock.after(Math.max(due.getTime() - clock.now().getTime(), shortestWaitMs), wake)
  }

  function wake(): void {
    isPaused = false
    nudge()
  }

  function start(): Promise<Drained> {
    running ??= run().finally(() => {
      running = undefined
      if (isNudged) nudge()
    })
    return running
  }

  function nudge(): void {
    isNudged = true
    if (isStopping || isPaused || running) return
    outsideTransactions(start).catch((error: Error) => logError(log, error, 'sending stopped and is tried again at the next nudge'))
  }

  async function stopSending(): Promise<void> {
    const ended = running?.then(
      () => undefined,
      () => undefined,
    )
    if (!ended) return
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, stopPatienceMs)
    await Promise.race([ended, patience.promise])
    clearTimeout(timer)
    handOver?.closeAll()
    await ended
  }

  return {
    nudge,
    takeOver: () => takePlace(1),
    async drain() {
      for (;;) {
        isNudged = true
        const drained = await start()
        // A nudge that came as the round ended has begun the next one by now.
        if (drained.status !== 'settled' || !(isNudged || running)) return drained
      }
    },
    async stop() {
      isStopping = true
      cancelWake()
      pace.stop()
      handOver?.openNoMore()
      await stopSending()
      handOver?.closeAll()
      await place?.lock.release()
      place = undefined
    },
  }
}
