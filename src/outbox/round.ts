import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logError } from '../platform/log.ts'
import { type ClaimedDelivery, priorityOf } from './delivery.ts'
import { type Domains, domainOf } from './domains.ts'
import type { HandOver } from './hand-over.ts'
import type { Pace } from './pace.ts'
import type { Records } from './records.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import { claim, releaseLease, renewLease } from './store.ts'

export interface Round {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** Fresh for each round. */
  readonly lease: string
  readonly connections: number
  /** Asked once there is something to carry. */
  readonly carrier: () => Promise<HandOver>
  readonly domains: Domains
  readonly pace: Pace
  readonly records: Records
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
export async function sendRound(round: Round): Promise<void> {
  const { database, clock, lease, log, domains } = round
  const leaseEnd = () => new Date(clock.now().getTime() + leaseMs)
  const queue: ClaimedDelivery[] = []
  let refilling: Promise<void> | undefined
  let failure: unknown

  async function refill(): Promise<void> {
    const limit = round.connections * claimPerConnection
    queue.push(...(await database.transaction((tx) => claim(tx, lease, limit, clock.now(), leaseEnd()))))
    queue.sort((a, b) => a.priority - b.priority || a.dueAt - b.dueAt || a.id - b.id)
  }

  async function next(): Promise<ClaimedDelivery | undefined> {
    if (queue.length <= round.connections) {
      refilling ??= refill().finally(() => {
        refilling = undefined
      })
      // Nobody waits for rows as long as there are some.
      if (queue.length === 0) await refilling
      else refilling.catch((error: unknown) => fail(error))
    }
    return queue.shift()
  }

  function fail(error: unknown): void {
    failure ??= error
  }

  async function carry(carrier: HandOver, delivery: ClaimedDelivery): Promise<void> {
    const domain = domainOf(delivery.address)
    const isUrgent = delivery.priority < priorityOf.issue
    if (!domains.enter(domain, clock.now(), isUrgent)) {
      return round.records.record({ delivery, lease, until: domains.nextTurn(domain, clock.now()) })
    }
    let outcome: 'taken' | 'throttled' | 'other' = 'other'
    try {
      await round.pace.turn()
      if (!round.isStopping()) outcome = await carrier.deliver({ delivery, lease })
    } finally {
      domains.leave(domain, outcome, clock.now())
    }
    if (outcome === 'taken') round.onTaken()
  }

  async function work(carrier: HandOver): Promise<void> {
    try {
      for (let one = await next(); one && !failure && !round.isStopping(); one = await next()) {
        await carry(carrier, one)
        if (workers < round.connections && ++carriedSince >= perWorkerMore * workers) employ(carrier)
      }
    } catch (error) {
      // While others carry on, the server is there and takes no more connections than those.
      if (!isFull(error) || workers === 1) fail(error)
    } finally {
      workers--
      carriedSince = 0
      if (workers === 0) allWent.resolve()
    }
  }

  let workers = 0
  let carriedSince = 0
  const allWent = Promise.withResolvers<void>()
  /** Each has at most one connection. */
  function employ(carrier: HandOver): void {
    workers++
    carriedSince = 0
    void work(carrier)
  }

  const first = await next()
  if (!first) return
  const renewal = setInterval(() => {
    renewLease(database, lease, leaseEnd()).catch((error: Error) => logError(log, error, 'a lease could not be renewed'))
  }, renewMs)
  try {
    const carrier = await round.carrier()
    // One connection finds out whether the server takes mail at all; twenty wrong passwords would lock an account.
    await carry(carrier, first).catch(fail)
    if (!failure) {
      for (let number = 0; number < round.connections; number++) employ(carrier)
      await allWent.promise
    }
    await carrier.recorded().catch(fail)
    if (failure) throw failure
  } finally {
    clearInterval(renewal)
    await refilling?.catch(() => undefined)
    await releaseLease(database, lease)
  }
}

function isFull(error: unknown): boolean {
  return error instanceof ServerUnavailable && !error.isAboutUs
}
