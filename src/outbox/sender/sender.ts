import type { Stop } from '../../platform/clock.ts'
import { outsideTransactions } from '../../platform/database/transaction-guard.ts'
import { newId } from '../../platform/ids.ts'
import { logError } from '../../platform/log.ts'
import type { Random } from '../../platform/random.ts'
import type { Signing } from '../message/message-writer.ts'
import { ServerUnavailable } from '../smtp/server-unavailable.ts'
import type { SmtpServer } from '../smtp/smtp-url.ts'
import { nextDueAt } from './claim-store.ts'
import { type DeliveryJournal, type DeliveryJournalContext, openDeliveryJournal } from './delivery-journal.ts'
import { type Domains, trackDomains } from './domains.ts'
import type { HandOver } from './hand-over.ts'
import { makeRateLimiter, type RateLimiter } from './rate-limiter.ts'
import { runSend } from './send-run.ts'
import { SenderPlace } from './sender-place.ts'

/** Hands over queued deliveries while it holds a sender lock. */
export interface Sender {
  /** Call when there may be something to send. */
  trigger(): void
  /** Why this process cannot send although it should; undefined if all is well. A predicate that follows "sender". */
  fault(): string | undefined
  /** Takes the first sender lock until `stop`. False if another process holds it. */
  takeOver(): Promise<boolean>
  /** Resolves when all due deliveries were tried, or when sending cannot continue. */
  drain(): Promise<Drained>
  /** Stops claiming, waits for running hand-overs, then releases leases and lock. */
  stop(): Promise<void>
}

export type Drained =
  | { readonly status: 'settled' }
  /** Other processes hold all sender locks. */
  | { readonly status: 'elsewhere' }
  | { readonly status: 'unavailable'; readonly reason: string }

export interface SenderContext extends DeliveryJournalContext {
  /** Called when there is something to send: the built-in mailbox starts only then. */
  readonly smtpServer: () => Promise<SmtpServer>
  readonly connections: number
  readonly signing?: Signing
  /** Messages per second over all processes; undefined: no limit. */
  readonly perSecond: number | undefined
  readonly random: Random
  /** Called each time all due deliveries are settled. */
  readonly onSettled: () => Promise<void>
}

/** Shortest wait before the next run; deliveries leased by others look due. */
const shortestWaitMs = 1_000
/** Pauses while the SMTP server is unavailable. The last value repeats. */
const serverPausesMs = [5_000, 15_000, 30_000, 60_000, 300_000]
/** A server may answer only after ten minutes. After this, `stop` closes connections, and unanswered deliveries become uncertain. */
const stopPatienceMs = 30_000

export function startSender(context: SenderContext): Sender {
  return new OutboxSender(context)
}

class OutboxSender implements Sender {
  readonly #context: SenderContext
  readonly #place: SenderPlace
  readonly #domains: Domains
  readonly #rateLimiter: RateLimiter
  readonly #journal: DeliveryJournal
  #handOver: HandOver | undefined
  #isStopping = false
  #isTriggered = false
  #isPaused = false
  #running: Promise<Drained> | undefined
  #fault: string | undefined
  #failures = 0
  #cancelWake: Stop = () => {}

  constructor(context: SenderContext) {
    this.#context = context
    this.#place = new SenderPlace(context)
    this.#domains = trackDomains({ ...context, rank: () => this.#place.rank() })
    this.#rateLimiter = makeRateLimiter(context.database, context.clock, context.perSecond)
    this.#journal = openDeliveryJournal(context)
  }

  trigger(): void {
    const { log } = this.#context
    this.#isTriggered = true
    if (this.#isStopping || this.#isPaused || this.#running) return
    outsideTransactions(() => this.#start()).catch((error: Error) => logError(log, error, 'sending failed; retrying at the next trigger'))
  }

  fault(): string | undefined {
    return this.#fault
  }

  takeOver(): Promise<boolean> {
    return this.#place.takeFirst()
  }

  async drain(): Promise<Drained> {
    for (;;) {
      this.#isTriggered = true
      const drained = await this.#start()
      // A trigger that arrived as the run ended has already started the next one.
      if (drained.status !== 'settled' || !(this.#isTriggered || this.#running)) return drained
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#cancelWake()
    this.#rateLimiter.stop()
    this.#handOver?.stopConnecting()
    await this.#stopSending()
    this.#handOver?.closeAll()
    await this.#place.release()
  }

  #start(): Promise<Drained> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#isTriggered) this.trigger()
    })
    return this.#running
  }

  async #run(): Promise<Drained> {
    let drained: Drained = { status: 'settled' }
    do {
      this.#isTriggered = false
      const hadPlace = this.#place.holder !== undefined
      if (!(await this.#place.take())) {
        if (hadPlace) this.#fault = 'has lost its lock to another process'
        return { status: 'elsewhere' }
      }
      this.#fault = undefined
      drained = await this.#sendAllDue()
      if (drained.status === 'settled') await this.#context.onSettled()
    } while (this.#isTriggered && drained.status === 'settled' && !this.#isStopping)
    this.#handOver?.closeIdle()
    await this.#planWake(drained)
    return drained
  }

  async #sendAllDue(): Promise<Drained> {
    const { database, clock, random, log, connections } = this.#context
    try {
      await runSend({
        database,
        clock,
        log,
        lease: `${this.#place.holder}${newId(clock, random)}`,
        connections,
        handOver: () => this.#openHandOver(),
        domains: this.#domains,
        rateLimiter: this.#rateLimiter,
        journal: this.#journal,
        isStopping: () => this.#isStopping,
        onAccepted: () => {
          this.#failures = 0
        },
      })
      this.#failures = 0
      return { status: 'settled' }
    } catch (error) {
      if (!(error instanceof ServerUnavailable)) throw error
      this.#failures++
      if (!this.#isStopping) logError(log, error, 'SMTP server unavailable; mail waits and is retried')
      return { status: 'unavailable', reason: error.message }
    }
  }

  /** Loads the mail libraries on first use, so that a server that only serves feeds uses less memory. */
  async #openHandOver(): Promise<HandOver> {
    if (!this.#handOver) {
      const { openHandOver } = await import('./hand-over.ts')
      const { database, smtpServer, signing = {}, clock, random, log } = this.#context
      this.#handOver = openHandOver({ database, journal: this.#journal, smtpServer, signing, clock, random, log })
    }
    return this.#handOver
  }

  /** Schedules the next run. A trigger may start it earlier, except while the SMTP server is unavailable. */
  async #planWake(drained: Drained): Promise<void> {
    const { database, clock } = this.#context
    const wake = () => this.#wake()
    this.#cancelWake()
    this.#isPaused = drained.status === 'unavailable'
    if (this.#isStopping) return
    const due = this.#isPaused ? undefined : await nextDueAt(database)
    const pauseMs = serverPausesMs[Math.min(this.#failures, serverPausesMs.length) - 1] ?? 0
    if (this.#isPaused) this.#cancelWake = clock.after(pauseMs, wake)
    else if (due) this.#cancelWake = clock.after(Math.max(due.getTime() - clock.now().getTime(), shortestWaitMs), wake)
  }

  #wake(): void {
    this.#isPaused = false
    this.trigger()
  }

  async #stopSending(): Promise<void> {
    const ended = this.#running?.then(
      () => undefined,
      () => undefined,
    )
    if (!ended) return
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, stopPatienceMs)
    await Promise.race([ended, patience.promise])
    clearTimeout(timer)
    this.#handOver?.closeAll()
    await ended
  }
}
