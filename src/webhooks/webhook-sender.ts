import { CoalescedTask } from '../platform/coalesced-task.ts'
import { newId } from '../platform/ids.ts'
import { logError } from '../platform/log.ts'
import { count } from '../platform/process-counters.ts'
import { type AttemptOutcome, attemptDelivery } from './attempt.ts'
import type { WebhooksContext } from './context.ts'
import { type Claimed, claimDelivery, insertAttempt, listDueEndpoints, releaseDelivery, settleDelivery } from './delivery-store.ts'
import { lockEndpoint, readEndpoint, readSecrets } from './endpoint-store.ts'
import { disable, noteFailure, noteSuccess } from './endpoints.ts'
import { testType } from './event.ts'
import { nextAttemptAt } from './retry.ts'

/** Delivers events to their endpoints. */
export interface WebhookSender {
  /** Call when there may be something to deliver. */
  trigger(): void
  /** Resolves when every delivery that is due was attempted. */
  drain(): Promise<void>
  /** Begins no further attempt. Resolves when the running ones have ended, within a few seconds. */
  stop(): Promise<void>
}

/** Attempts at the same time for one endpoint. A slow endpoint fills only its own places. */
const perEndpoint = 3
/** Longer than an attempt: a delivery of a process that died is claimed again after this. */
export const leaseMs = 60_000
/** An attempt that `stop` ends after this is made again by the next process, with the same id. */
const stopPatienceMs = 3_000

export function startWebhookSender(context: WebhooksContext): WebhookSender {
  return new LeasingSender(context)
}

class LeasingSender implements WebhookSender {
  readonly #context: WebhooksContext
  readonly #task: CoalescedTask
  readonly #workers = new Map<string, Set<Promise<void>>>()
  readonly #ending = new AbortController()
  #isStopping = false

  constructor(context: WebhooksContext) {
    this.#context = context
    this.#task = new CoalescedTask(
      () => this.#startWorkers(),
      (error) => logError(context.log, error, 'webhooks could not be read; retrying'),
    )
  }

  trigger(): void {
    this.#task.trigger()
  }

  async drain(): Promise<void> {
    const { database, clock } = this.#context
    do {
      this.#task.trigger()
      await this.#task.settled()
      await this.#idle()
    } while (!this.#isStopping && (await listDueEndpoints(database, clock.now())).length > 0)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#task.stop()
    const timer = setTimeout(() => this.#ending.abort(), stopPatienceMs)
    await this.#idle()
    clearTimeout(timer)
  }

  async #idle(): Promise<void> {
    await Promise.all([...this.#workers.values()].flatMap((workers) => [...workers]))
  }

  async #startWorkers(): Promise<void> {
    const { database, clock, log } = this.#context
    for (const endpointId of await listDueEndpoints(database, clock.now())) {
      const workers = this.#workers.get(endpointId) ?? new Set()
      this.#workers.set(endpointId, workers)
      while (workers.size < perEndpoint && !this.#isStopping) {
        const worker: Promise<void> = this.#work(endpointId)
          .catch((error: Error) => logError(log, error, 'webhook delivery failed; retrying', { endpointId }))
          .finally(() => {
            workers.delete(worker)
            if (workers.size === 0) this.#workers.delete(endpointId)
          })
        workers.add(worker)
      }
    }
  }

  /** Makes one attempt after another until none is due. */
  async #work(endpointId: string): Promise<void> {
    const { database, clock, random } = this.#context
    while (!this.#isStopping) {
      const lease = newId(clock, random)
      const now = clock.now()
      const until = new Date(now.getTime() + leaseMs)
      const claimed = await database.transaction((tx) => claimDelivery(tx, endpointId, lease, now, until))
      if (!claimed) return
      await deliver(this.#context, claimed, lease, this.#ending.signal)
    }
  }
}

/** Attempts a claimed delivery and records the outcome. */
export async function deliver(context: WebhooksContext, claimed: Claimed, lease: string, signal: AbortSignal): Promise<void> {
  const { database, clock } = context
  const endpoint = await readEndpoint(database, claimed.endpointId)
  // Removed since it was claimed.
  if (!endpoint) return
  const secrets = await readSecrets(database, endpoint.id, clock.now())
  const outcome = await attemptDelivery(context, { url: endpoint.url, secrets }, claimed, signal)
  if (signal.aborted && outcome.attempt.status === undefined) return releaseDelivery(database, claimed.id, lease)
  await record(context, claimed, lease, outcome)
}

async function record(context: WebhooksContext, claimed: Claimed, lease: string, outcome: AttemptOutcome): Promise<void> {
  const { database, clock, random, log } = context
  const { attempt, isGone, retryAfterMs } = outcome
  const now = clock.now()
  const isTest = claimed.type === testType
  const hasFailed = attempt.reason !== undefined
  const tries = claimed.tries + 1
  const chance = (random.bytes(1)[0] ?? 0) / 255
  const isRetried = hasFailed && !isTest && !isGone
  const dueAt = isRetried ? nextAttemptAt({ tries, beganAt: claimed.beganAt, now, retryAfterMs, chance }) : undefined
  const isOurs = await database.transaction(async (tx) => {
    // First, as in every transaction that changes an endpoint and its deliveries.
    const endpoint = await lockEndpoint(tx, claimed.endpointId)
    const settled = dueAt ? ({ state: 'queued', dueAt } as const) : ({ state: hasFailed ? 'failed' : 'succeeded' } as const)
    if (!endpoint || !(await settleDelivery(tx, claimed.id, lease, settled, now))) return false
    await insertAttempt(tx, newId(clock, random), claimed.id, attempt)
    if (isTest) return true
    if (isGone) await disable(tx, endpoint, 'it answered 410 (Gone): it wants no more events', now)
    else if (hasFailed) await noteFailure(tx, endpoint, now)
    else await noteSuccess(tx, endpoint)
    return true
  })
  count('webhook_attempts_total', [hasFailed ? 'failed' : 'succeeded'])
  const { endpointId, eventId, type } = claimed
  const facts = { endpointId, eventId, type, tries, status: attempt.status, tookMs: attempt.tookMs }
  if (!isOurs) log.info(facts, 'webhook attempted, and its delivery was cancelled meanwhile')
  else if (!hasFailed) log.info(facts, 'webhook delivered')
  // Whoever sent it sees the outcome.
  else if (isTest) log.info({ ...facts, reason: attempt.reason }, 'webhook test failed')
  else log.warn({ ...facts, reason: attempt.reason, dueAt }, dueAt ? 'webhook failed; retrying' : 'webhook given up')
}
