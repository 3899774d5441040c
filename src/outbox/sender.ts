import type { Clock, Stop } from '../platform/clock.ts'
import type { Database, Lock } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { Log } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { HandOver } from './hand-over.ts'
import { sendRound } from './round.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import type { SmtpServer } from './smtp-server.ts'
import { nextDueAt, reap } from './store.ts'

/** Hands over what is owed, as long as it holds the sender's lock. */
export interface Sender {
  /** There may be something to send. */
  nudge(): void
  /** True where this process is the one that sends, from now on until it stops. */
  takeOver(): Promise<boolean>
  /** Resolves when all that is due was tried, or when it cannot go on. */
  drain(): Promise<Drained>
  /** Stops claiming, waits for what is being handed over, gives back what is leased and the lock. */
  stop(): Promise<void>
}

export type Drained =
  | { readonly status: 'settled' }
  /** Another process holds the lock and sends. */
  | { readonly status: 'elsewhere' }
  | { readonly status: 'unavailable'; readonly reason: string }

export interface SenderOptions {
  readonly database: Database
  /** Asked when there is something to send: the built-in mailbox starts only then. */
  readonly smtpServer: () => Promise<SmtpServer>
  readonly connections: number
  /** By which suppressed addresses are known again. */
  readonly tokens: Pick<Tokens, 'keyedHash'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Called each time nothing is due any more. */
  readonly onSettled: () => Promise<void>
}

/** What is due and leased by somebody else is looked for again after this. */
const shortestWaitMs = 1_000
/** Pauses while the SMTP server is away; the last is repeated. */
const serverPausesMs = [5_000, 15_000, 30_000, 60_000, 300_000]
/** A server may take ten minutes for its answer; whoever stops us has less patience, and what is not known is said. */
const stopPatienceMs = 30_000

export function startSender(options: SenderOptions): Sender {
  const { database, clock, random, log } = options
  let handOver: HandOver | undefined
  let lock: Lock | undefined
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
      if (!(await takeLock())) return { status: 'elsewhere' }
      drained = await sendAllDue()
      if (drained.status === 'settled') await options.onSettled()
    } while (isNudged && drained.status === 'settled' && !isStopping)
    handOver?.closeIdle()
    await planWake(drained)
    return drained
  }

  async function takeLock(): Promise<boolean> {
    if (lock?.isHeld()) return true
    lock = await database.lock('sender')
    if (!lock) return false
    const { released, uncertain } = await database.transaction((tx) => reap(tx, clock.now()))
    if (released + uncertain > 0) log.warn({ released, uncertain }, 'took over from a process that ended while it was sending')
    return true
  }

  async function sendAllDue(): Promise<Drained> {
    try {
      await sendRound({
        database,
        clock,
        log,
        lease: newId(clock, random),
        connections: options.connections,
        carrier: openCarrier,
        isStopping: () => isStopping,
      })
      failures = 0
      return { status: 'settled' }
    } catch (error) {
      if (!(error instanceof ServerUnavailable)) throw error
      failures++
      log.error({ reason: error.message }, 'mail waits until the SMTP server can be used')
      return { status: 'unavailable', reason: error.message }
    }
  }

  /** What mail needs is loaded when there is mail: a server of feeds stays small. */
  async function openCarrier(): Promise<HandOver> {
    if (!handOver) {
      const { openHandOver } = await import('./hand-over.ts')
      handOver = openHandOver(database, options.smtpServer, options.tokens, clock, log)
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
    start().catch((error: Error) => log.error({ reason: error.message }, 'sending stopped and is tried again at the next nudge'))
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
    takeOver: takeLock,
    async drain() {
      for (;;) {
        isNudged = true
        const drained = await start()
        if (!isNudged || drained.status !== 'settled') return drained
      }
    },
    async stop() {
      isStopping = true
      cancelWake()
      await stopSending()
      handOver?.closeAll()
      await lock?.release()
      lock = undefined
    },
  }
}
