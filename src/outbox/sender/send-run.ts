import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import { type ClaimedDelivery, priorityOf } from '../delivery.ts'
import { ServerUnavailable } from '../smtp/server-unavailable.ts'
import { claim, releaseLease, renewLease } from './claim-store.ts'
import type { DeliveryJournal } from './delivery-journal.ts'
import { type Domains, domainOf } from './domain-throttle.ts'
import type { HandOver } from './hand-over.ts'
import type { RateLimiter } from './rate-limiter.ts'

export interface SendRunContext {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** Fresh for each round. */
  readonly lease: string
  readonly connections: number
  /** Asked once there is something to carry. */
  readonly handOver: () => Promise<HandOver>
  readonly domains: Domains
  readonly rateLimiter: RateLimiter
  readonly journal: DeliveryJournal
  readonly isStopping: () => boolean
  /** Called with each message that the server took. */
  readonly onTaken: () => void
}

const leaseMs = 30_000
/** Three tries to renew before a lease runs out. */
const renewMs = 10_000
/** Rows leased ahead for each connection: few, so that what overtakes does not wait behind many. */
const claimPerConnection = 5
/** Messages that each worker carries before one is added where the server took fewer connections than it may be given. */
const perWorkerMore = 100

/**
 * Hands over everything that is due, over as many connections as are allowed, and goes on claiming while it does, so that a
 * confirmation overtakes an issue that is under way. A server that takes fewer connections gets fewer. Throws ServerUnavailable where it
 * turns us away, after one connection has tried it, or the last one; whatever was not handed over is given back.
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
  /** Since a worker began or ended. */
  #carriedSince = 0
  readonly #allWent = Promise.withResolvers<void>()

  constructor(context: SendRunContext) {
    this.#context = context
  }

  async run(): Promise<void> {
    const { database, lease, log } = this.#context
    const first = await this.#next()
    if (!first) return
    const renewal = setInterval(() => {
      renewLease(database, lease, this.#leaseEnd()).catch((error: Error) => logError(log, error, 'a lease could not be renewed'))
    }, renewMs)
    try {
      await this.#carryAll(first)
      if (this.#failure) throw this.#failure
    } finally {
      clearInterval(renewal)
      await this.#refilling?.catch(() => undefined)
      await releaseLease(database, lease)
    }
  }

  async #carryAll(first: ClaimedDelivery): Promise<void> {
    const fail = (error: unknown) => this.#fail(error)
    const handOver = await this.#context.handOver()
    // One connection finds out whether the server takes mail at all; twenty wrong passwords would lock an account.
    await this.#carry(handOver, first).catch(fail)
    if (!this.#failure) {
      for (let number = 0; number < this.#context.connections; number++) this.#startWorker(handOver)
      await this.#allWent.promise
    }
    await handOver.recorded().catch(fail)
  }

  /** Each has at most one connection. */
  #startWorker(handOver: HandOver): void {
    this.#workers++
    this.#carriedSince = 0
    void this.#work(handOver)
  }

  async #work(handOver: HandOver): Promise<void> {
    const { connections, isStopping } = this.#context
    try {
      for (let one = await this.#next(); one && !this.#failure && !isStopping(); one = await this.#next()) {
        await this.#carry(handOver, one)
        if (this.#workers < connections && ++this.#carriedSince >= perWorkerMore * this.#workers) this.#startWorker(handOver)
      }
    } catch (error) {
      // While others carry on, the server is there and takes no more connections than those.
      if (!isFull(error) || this.#workers === 1) this.#fail(error)
    } finally {
      this.#workers--
      this.#carriedSince = 0
      if (this.#workers === 0) this.#allWent.resolve()
    }
  }

  async #carry(handOver: HandOver, delivery: ClaimedDelivery): Promise<void> {
    const { clock, domains, rateLimiter, lease, journal, isStopping, onTaken } = this.#context
    const domain = domainOf(delivery.address)
    const isUrgent = delivery.priority < priorityOf.issue
    if (!domains.enter(domain, clock.now(), isUrgent)) {
      return journal.record({ delivery, lease, until: domains.nextTryAt(domain, clock.now()) })
    }
    let outcome: 'taken' | 'throttled' | 'other' = 'other'
    try {
      await rateLimiter.slot()
      if (!isStopping()) outcome = await handOver.deliver({ delivery, lease })
    } finally {
      domains.leave(domain, outcome, clock.now())
    }
    if (outcome === 'taken') onTaken()
  }

  async #next(): Promise<ClaimedDelivery | undefined> {
    if (this.#queue.length <= this.#context.connections) {
      this.#refilling ??= this.#refill().finally(() => {
        this.#refilling = undefined
      })
      // Nobody waits for rows as long as there are some.
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
