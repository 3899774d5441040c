import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import { type ClaimedDelivery, priorityOf } from './delivery.ts'
import { type Domains, domainOf } from './domains.ts'
import type { HandOver } from './hand-over.ts'
import type { Pace } from './pace.ts'
import type { Records } from './records.ts'
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
}

const leaseMs = 30_000
/** Three tries to renew before a lease runs out. */
const renewMs = 10_000
/** Rows leased ahead for each connection: few, so that what overtakes does not wait behind many. */
const claimPerConnection = 5

/**
 * Hands over everything that is due, over as many connections as are allowed, and goes on claiming while it does, so that a
 * confirmation overtakes an issue that is under way. Throws ServerUnavailable where the server turns us away, after one
 * connection has tried it; whatever was not handed over is given back.
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
  }

  async function work(carrier: HandOver): Promise<void> {
    try {
      for (let one = await next(); one && !failure && !round.isStopping(); one = await next()) await carry(carrier, one)
    } catch (error) {
      fail(error)
    }
  }

  const first = await next()
  if (!first) return
  const renewal = setInterval(() => {
    renewLease(database, lease, leaseEnd()).catch((error: Error) => log.error({ reason: error.message }, 'a lease could not be renewed'))
  }, renewMs)
  try {
    const carrier = await round.carrier()
    // One connection finds out whether the server takes mail at all; twenty wrong passwords would lock an account.
    await carry(carrier, first).catch(fail)
    if (!failure) await Promise.all(Array.from({ length: round.connections }, () => work(carrier)))
    await carrier.recorded().catch(fail)
    if (failure) throw failure
  } finally {
    clearInterval(renewal)
    await refilling?.catch(() => undefined)
    await releaseLease(database, lease)
  }
}
