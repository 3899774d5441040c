import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { type Log, logError } from '../../platform/log.ts'
import { batched } from './batch.ts'
import { acceptedMore, firstThrottle, isPaused, refusedAgain, type SenderRank, shareOf, type Throttle } from './domain-throttle.ts'
import { type DomainReport, readThrottles, reportToThrottles } from './throttle-store.ts'

/**
 * Limits simultaneous deliveries per receiving domain, over all processes. A domain has no limit until it throttles: then its limit is
 * halved, and grows by one after each `limit` accepted deliveries.
 */
export interface Domains {
  /** True if a delivery to the domain may start now; urgent ones always may. Call `leave` when it ends. */
  enter(domain: string, now: Date, isUrgent?: boolean): boolean
  /** Resolves when other processes can see what it means. Never rejects. */
  leave(domain: string, outcome: 'accepted' | 'throttled' | 'other', now: Date): Promise<void>
  /** When to try a postponed delivery again. Each call returns a later time, so that they do not all come back together. */
  nextTryAt(domain: string, now: Date): Date
  /** Learns what other processes have seen, and tells what this one has. Never rejects. */
  exchange(): Promise<void>
  /** Exchanges unless that was done within `exchangeMs`. */
  refresh(): Promise<void>
}

export interface DomainsContext {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** Of this process. */
  readonly connections: number
  readonly rank: () => Promise<SenderRank>
}

/** How late a process may learn that another one was throttled. */
export const exchangeMs = 1_000
/** Estimated time of one delivery; spaces the next tries. A try that comes too early is only postponed again. */
const turnMs = 200
/** Longest wait for a try: by then the domain may accept more again. */
const longestTurnMs = 120_000

export function trackDomains(context: DomainsContext): Domains {
  return new SharedDomains(context)
}

interface Known {
  throttle: Throttle
  /** Whether the database has it. What could not be shared holds for this process alone. */
  isShared: boolean
  nextTurnAt: number
  /** Not yet told to other processes. */
  accepted: number
  refusedUnder: number | undefined
}

class SharedDomains implements Domains {
  readonly #context: DomainsContext
  readonly #underWay = new Map<string, number>()
  readonly #known = new Map<string, Known>()
  #rank: SenderRank = { senders: 1, rank: 0 }
  #exchangedAt = Number.NEGATIVE_INFINITY
  #rankedAt = Number.NEGATIVE_INFINITY
  /** One exchange at a time; those that are asked for meanwhile share the next one. */
  readonly #enter = batched<undefined, void>(async (asked) => {
    await this.#exchangeOnce()
    return { answers: Promise.resolve(asked.map(() => undefined)) }
  })

  constructor(context: DomainsContext) {
    this.#context = context
  }

  enter(domain: string, now: Date, isUrgent = false): boolean {
    const known = this.#known.get(domain)
    const count = this.#underWay.get(domain) ?? 0
    if (known && !isUrgent) {
      const { throttle } = known
      if (isPaused(throttle, now.getTime()) || count >= shareOf(throttle, this.#rankFor(known), now.getTime())) return false
    }
    this.#underWay.set(domain, count + 1)
    return true
  }

  async leave(domain: string, outcome: 'accepted' | 'throttled' | 'other', now: Date): Promise<void> {
    const underWay = this.#underWay.get(domain) ?? 1
    if (underWay > 1) this.#underWay.set(domain, underWay - 1)
    else this.#underWay.delete(domain)
    if (outcome === 'throttled') {
      this.#refuse(domain, underWay, now.getTime())
      await this.exchange()
    } else if (outcome === 'accepted' && this.#accept(domain)) await this.exchange()
  }

  nextTryAt(domain: string, now: Date): Date {
    const known = this.#known.get(domain)
    if (!known) return now
    const { atOnce, pauseUntil } = known.throttle
    const soonest = Math.max(isPaused(known.throttle, now.getTime()) ? pauseUntil : 0, now.getTime() + turnMs)
    const latest = Math.max(soonest, now.getTime() + longestTurnMs)
    const step = (turnMs * this.#rankFor(known).senders) / atOnce
    known.nextTurnAt = Math.min(Math.max(known.nextTurnAt + step, soonest), latest)
    return new Date(known.nextTurnAt)
  }

  async exchange(): Promise<void> {
    try {
      await this.#enter(undefined)
    } catch (error) {
      logError(this.#context.log, error as Error, 'throttled domains could not be shared; retrying')
    }
  }

  async refresh(): Promise<void> {
    if (this.#isOld(this.#exchangedAt)) await this.exchange()
  }

  /** At once in this process, so that no delivery starts while others are told. */
  #refuse(domain: string, underWay: number, now: number): void {
    const known = this.#known.get(domain)
    if (known) {
      known.throttle = refusedAgain(known.throttle, now)
      known.refusedUnder = Math.max(known.refusedUnder ?? 0, underWay)
    } else {
      const throttle = firstThrottle(underWay, now)
      this.#known.set(domain, { throttle, isShared: false, nextTurnAt: 0, accepted: 0, refusedUnder: underWay })
    }
  }

  /** True if there is enough to tell: once for each limit, so that the limit grows by one at a time. */
  #accept(domain: string): boolean {
    const known = this.#known.get(domain)
    if (!known) return false
    if (known.isShared) return ++known.accepted >= known.throttle.atOnce
    const next = acceptedMore(known.throttle, 1, this.#context.connections)
    if (next) known.throttle = next
    else this.#known.delete(domain)
    return false
  }

  async #exchangeOnce(): Promise<void> {
    const { database, clock, connections } = this.#context
    const now = clock.now().getTime()
    this.#exchangedAt = now
    const reports = this.#takeReports()
    try {
      const mostAtOnce = connections * this.#rank.senders
      if (reports.length > 0) await database.transaction((tx) => reportToThrottles(tx, reports, now, mostAtOnce))
    } catch (error) {
      this.#giveBack(reports)
      throw error
    }
    const shared = await readThrottles(database)
    if (shared.size > 0) await this.#refreshRank(now)
    this.#adopt(shared)
  }

  async #refreshRank(now: number): Promise<void> {
    if (!this.#isOld(this.#rankedAt)) return
    this.#rank = await this.#context.rank()
    this.#rankedAt = now
  }

  /** Also true if the clock was set back. */
  #isOld(at: number): boolean {
    return Math.abs(this.#context.clock.now().getTime() - at) >= exchangeMs
  }

  #takeReports(): DomainReport[] {
    const reports: DomainReport[] = []
    for (const [domain, known] of this.#known) {
      const { accepted, refusedUnder } = known
      if (accepted === 0 && refusedUnder === undefined) continue
      reports.push({ domain, accepted, refusedUnder })
      known.accepted = 0
      known.refusedUnder = undefined
    }
    return reports
  }

  #giveBack(reports: readonly DomainReport[]): void {
    for (const { domain, accepted, refusedUnder } of reports) {
      const known = this.#known.get(domain)
      if (!known) continue
      known.accepted += accepted
      if (refusedUnder !== undefined) known.refusedUnder = Math.max(known.refusedUnder ?? 0, refusedUnder)
    }
  }

  /** Takes over what the database has, except where a refusal came since that was read. */
  #adopt(shared: ReadonlyMap<string, Throttle>): void {
    for (const [domain, known] of this.#known) {
      if (known.isShared && !shared.has(domain) && known.refusedUnder === undefined) this.#known.delete(domain)
    }
    for (const [domain, throttle] of shared) {
      const known = this.#known.get(domain)
      if (!known) this.#known.set(domain, { throttle, isShared: true, nextTurnAt: 0, accepted: 0, refusedUnder: undefined })
      else if (known.refusedUnder === undefined) Object.assign(known, { throttle, isShared: true })
    }
  }

  #rankFor({ isShared }: Known): SenderRank {
    return isShared ? this.#rank : { senders: 1, rank: 0 }
  }
}
