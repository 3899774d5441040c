import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import { type ClaimedDelivery, priorityOf } from '../delivery.ts'
import { ServerUnavailable } from '../smtp/server-unavailable.ts'
import { claim, releaseLease } from './claim-store.ts'
import type { DeliveryJournal } from './delivery-journal.ts'
import { domainOf } from './domain-throttle.ts'
import { type Domains, exchangeMs } from './domains.ts'
import type { HandOver } from './hand-over.ts'
import type { RateLimiter } from './rate-limiter.ts'

export interface SendRunContext {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** Unique for each run. */
  readonly lease: string
  readonly connections: number
  /** Called when the first delivery is claimed. */
  readonly handOver: () => Promise<HandOver>
  readonly domains: Domains
  readonly rateLimiter: RateLimiter
  readonly journal: DeliveryJournal
  readonly isStopping: () => boolean
  /** Called after each accepted message. */
  readonly onAccepted: () => void
}

const leaseMs = 30_000
/** A third of `leaseMs`: two renewals may fail before a lease expires. */
const renewMs = 10_000
/** Rows leased ahead per connection: few, so that urgent mail does not wait behind many. */
const claimPerConnection = 5
/** Messages per worker before another worker is tried, after the server accepted too few connections. */
const messagesBeforeNewWorker = 100

/**
 * Hands over everything that is due. Keeps claiming meanwhile, so that a confirmation overtakes an issue. Uses fewer connections if
 * the server accepts fewer. Throws ServerUnavailable if the first or the last connection is rejected. Releases what was not handed over.
 */
export function runSend(context: SendRunContext): Promise<void> {
  return new SendRun(context).run()
}

class SendRun {
  readonly #context: SendRunContext
  readonly #queue: ClaimedDelivery[] = []
  #refilling: Promise<void> | undefined
  #failure: unknown
  #workers = 0
  /** Since a worker started or ended. */
  #sentSinceChange = 0
  readonly #allEnded = Promise.withResolvers<void>()

  constructor(context: SendRunContext) {
    this.#context = context
  }

  async run(): Promise<void> {
    const { database, clock, domains, journal, lease, log } = this.#context
    const first = await this.#next()
    if (!first) return
    let exchanged = domains.refresh()
    const stopExchange = clock.every(exchangeMs, () => {
      exchanged = domains.exchange()
    })
    const renewal = setInterval(() => {
      journal.renew(lease, this.#leaseEnd()).catch((error: Error) => logError(log, error, 'lease could not be renewed; retrying'))
    }, renewMs)
    try {
      await exchanged
      await this.#sendAll(first)
      if (this.#failure) throw this.#failure
    } finally {
      clearInterval(renewal)
      stopExchange()
      await exchanged
      await this.#refilling?.catch(() => undefined)
      await releaseLease(database, lease)
    }
  }

  async #sendAll(first: ClaimedDelivery): Promise<void> {
    const fail = (error: unknown) => this.#fail(error)
    const handOver = await this.#context.handOver()
    // Start with one connection: twenty log-ins with a wrong password would lock the account.
    await this.#sendOne(handOver, first).catch(fail)
    if (!this.#failure) {
      for (let number = 0; number < this.#context.connections; number++) this.#startWorker(handOver)
      await this.#allEnded.promise
    }
    await handOver.recorded().catch(fail)
  }

  /** A worker uses at most one connection. */
  #startWorker(handOver: HandOver): void {
    this.#workers++
    this.#sentSinceChange = 0
    void this.#work(handOver)
  }

  async #work(handOver: HandOver): Promise<void> {
    const { connections, isStopping } = this.#context
    try {
      for (let one = await this.#next(); one && !this.#failure && !isStopping(); one = await this.#next()) {
        await this.#sendOne(handOver, one)
        if (this.#workers < connections && ++this.#sentSinceChange >= messagesBeforeNewWorker * this.#workers) this.#startWorker(handOver)
      }
    } catch (error) {
      // If other workers continue, the server only limits the number of connections.
      if (!isFull(error) || this.#workers === 1) this.#fail(error)
    } finally {
      this.#workers--
      this.#sentSinceChange = 0
      if (this.#workers === 0) this.#allEnded.resolve()
    }
  }

  async #sendOne(handOver: HandOver, delivery: ClaimedDelivery): Promise<void> {
    const { clock, domains, rateLimiter, lease, journal, isStopping, onAccepted } = this.#context
    const domain = domainOf(delivery.address)
    const isUrgent = delivery.priority < priorityOf.issue
    if (!domains.enter(domain, clock.now(), isUrgent)) {
      return journal.record({ delivery, lease, until: domains.nextTryAt(domain, clock.now()) })
    }
    let outcome: 'accepted' | 'throttled' | 'other' = 'other'
    try {
      await rateLimiter.slot()
      if (!isStopping()) outcome = await handOver.deliver({ delivery, lease })
    } finally {
      await domains.leave(domain, outcome, clock.now())
    }
    if (outcome === 'accepted') onAccepted()
  }

  async #next(): Promise<ClaimedDelivery | undefined> {
    if (this.#queue.length <= this.#context.connections) {
      this.#refilling ??= this.#refill().finally(() => {
        this.#refilling = undefined
      })
      // Wait for new rows only if none are left.
      if (this.#queue.length === 0) await this.#refilling
      else this.#refilling.catch((error: unknown) => this.#fail(error))
    }
    return this.#queue.shift()
  }

  async #refill(): Promise<void> {
    const { database, clock, lease, connections } = this.#context
    const limit = connections * claimPerConnection
    this.#queue.push(...(await database.transaction((tx) => claim(tx, lease, limit, clock.now(), this.#leaseEnd()))))
    this.#queue.sort((a, b) => a.priority - b.priority || a.dueAt - b.dueAt || a.id - b.id)
  }

  #fail(error: unknown): void {
    this.#failure ??= error
  }

  #leaseEnd(): Date {
    return new Date(this.#context.clock.now().getTime() + leaseMs)
  }
}

function isFull(error: unknown): boolean {
  return error instanceof ServerUnavailable && !error.isAboutUs
}
