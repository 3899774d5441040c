import type { Clock, Stop } from '../platform/clock.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import type { Database, Lock, Queries } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import { type Log, logError } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import type { DueCall, OutgoingCall } from './outgoing-call.ts'
import { nextCallDueAt, putCallOff, readDueCalls, removeCall, storeCall } from './store.ts'

/** Makes pending calls until each is answered or given up. Pending calls survive a restart. */
export interface OutgoingCalls {
  /** Stores a call in the caller's transaction. Trigger after the commit. */
  enqueue(tx: Queries, call: OutgoingCall): Promise<void>
  trigger(): void
  /** Resolves when all due calls were tried. */
  drain(): Promise<void>
  /** Resolves when running calls are answered or postponed. */
  stop(): Promise<void>
}

export interface OutgoingCallsContext {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Timeout of one call. */
const answerMs = 10_000
const callsAtOnce = 5
/** Minutes between attempts; covers an outage of about two days. */
const pausesMinutes = [1, 5, 15, 60, 180, 360, 720, 1_440]

export function startOutgoingCalls({ database, clock, random, log }: OutgoingCallsContext): OutgoingCalls {
  let lock: Lock | undefined
  let cancelWake: Stop = () => {}

  const task = new CoalescedTask(
    async (signal) => {
      if (!lock?.isHeld()) lock = await database.lock('caller')
      // Another process makes the calls.
      if (!lock) return
      await callAllDue(signal)
      await planWake()
    },
    (error) => logError(log, error, 'outgoing calls failed; retrying'),
  )

  async function planWake(): Promise<void> {
    cancelWake()
    const due = await nextCallDueAt(database)
    if (due) cancelWake = clock.after(due.getTime() - clock.now().getTime(), () => task.trigger())
  }

  async function callAllDue(signal: AbortSignal): Promise<void> {
    for (;;) {
      const due = await readDueCalls(database, clock.now(), callsAtOnce)
      if (due.length === 0 || signal.aborted) return
      await Promise.all(due.map(make))
    }
  }

  async function make(call: DueCall): Promise<void> {
    const fault = await post(call)
    if (fault === undefined) {
      await removeCall(database, call)
      log.info({ call: call.key }, 'call answered')
      return
    }
    const pause = pausesMinutes[call.attempts]
    const dueAt = pause === undefined ? undefined : new Date(clock.now().getTime() + pause * 60_000)
    await putCallOff(database, call, fault, dueAt)
    log.warn({ call: call.key, attempts: call.attempts + 1, reason: fault, dueAt }, dueAt ? 'call put off' : 'call given up')
  }

  return {
    enqueue: (tx, call) => storeCall(tx, call, newId(clock, random), clock.now()),
    trigger: () => task.trigger(),
    async drain() {
      task.trigger()
      await task.settled()
    },
    async stop() {
      await task.stop()
      cancelWake()
      await lock?.release()
    },
  }
}

/** Undefined if answered with 2xx, else the reason. Does not follow redirects: the operator chose this address. */
async function post({ url, form }: DueCall): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMs),
      headers: { 'User-Agent': 'Broadsheet' },
    })
    await response.body?.cancel()
    return response.ok ? undefined : `answered ${response.status}`
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { message?: string } }
    return (cause?.message || message).slice(0, 200)
  }
}
