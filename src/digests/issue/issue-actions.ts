import {
  isUnsettled,
  letUncertainBe,
  lockMailing,
  moveMailing,
  nextFailedOfKind,
  requeueFailed,
  requeueThese,
  requeueUncertain,
  sweepCancelled,
} from '../../outbox/mailing-state.ts'
import type { Actor } from '../../platform/actor.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue, IssueState } from './issue.ts'
import { raiseIssueEvent } from './issue-events.ts'
import { moveIssue, pauseIn, readIssue, resumeIn } from './issue-store.ts'

export type ActionOutcome =
  | { readonly status: 'done'; readonly issue: Issue }
  | { readonly status: 'unknown' }
  /** The action does not fit the state of the issue. */
  | { readonly status: 'refused'; readonly reason: string; readonly issue: Issue }

export type UncertainAction = 'resend' | 'let_be'

/** Who acts, and on what they saw. */
export interface Acting {
  /** Absent: Broadsheet itself, which is not recorded in the audit log. */
  readonly by?: Actor | undefined
  /**
   * Deliveries that failed or became uncertain later are left alone, so that a decision on an old page does not touch what nobody has
   * seen. Default: now.
   */
  readonly seenAt?: Date | undefined
}

/** Releases a held issue for sending. */
export async function approveIssue(context: DigestsContext, id: string, { by }: Acting = {}): Promise<ActionOutcome> {
  return act(context, id, { verb: 'approve', by }, async (tx) => moveIssue(tx, id, ['held'], 'preparing', context.clock.now()))
}

/** Nothing of the issue is handed over after this returns. Deliveries in progress still get their answer. */
export async function pauseIssue(
  context: DigestsContext,
  id: string,
  { by, reason = 'paused by the operator' }: Acting & { readonly reason?: string } = {},
): Promise<ActionOutcome> {
  return act(context, id, { verb: 'pause', by }, async (tx) => {
    if (!(await pauseIn(tx, id, reason))) return false
    await moveMailing(tx, id, 'paused')
    await raiseIssueEvent(tx, context, 'issue.paused', id)
    return true
  })
}

/** Continues sending, and freezing the audience if that was not complete. */
export async function resumeIssue(context: DigestsContext, id: string, { by }: Acting = {}): Promise<ActionOutcome> {
  const outcome = await act(context, id, { verb: 'resume', by }, async (tx) => {
    if (!(await resumeIn(tx, id))) return false
    await moveMailing(tx, id, 'open')
    return true
  })
  context.triggerSender()
  return outcome
}

/** Cancels queued deliveries for good. Messages already handed over cannot be recalled. */
export async function cancelIssue(context: DigestsContext, id: string, { by }: Acting = {}): Promise<ActionOutcome> {
  const outcome = await act(context, id, { verb: 'cancel', by }, async (tx) => {
    const isMoved = await moveIssue(tx, id, ['preparing', 'held', 'sending', 'paused'], 'cancelled', context.clock.now())
    if (isMoved) await moveMailing(tx, id, 'cancelled')
    return isMoved
  })
  if (outcome.status === 'done') await sweepCancelledIssues(context)
  return outcome
}

/** Queues failed deliveries again, each with a full set of attempts. `group`: only those of one group of failures. */
export async function retryFailed(
  context: DigestsContext,
  id: string,
  options: Acting & { readonly group?: string | undefined } = {},
): Promise<ActionOutcome> {
  return options.group === undefined
    ? again(context, id, { ...options, verb: 'retry' }, requeueFailed)
    : retryGroup(context, id, options.group, options)
}

/** Settles uncertain deliveries. `resend` may reach a reader twice (with the same Message-ID); with `let_be` a reader may get nothing. */
export async function decideUncertain(
  context: DigestsContext,
  id: string,
  action: UncertainAction,
  options: Acting = {},
): Promise<ActionOutcome> {
  if (action === 'resend') return again(context, id, { ...options, verb: 'resend' }, requeueUncertain)
  const { by, seenAt = context.clock.now() } = options
  return act(
    context,
    id,
    { verb: 'let be', by },
    async (tx) => (await letUncertainBe(tx, id, earlierOf(seenAt, context.clock.now()), context.clock.now())) > 0,
  )
}

/** Cancels the queued deliveries of cancelled issues, in steps. After a restart the next run completes it. */
export async function sweepCancelledIssues({ database, clock }: DigestsContext): Promise<void> {
  while (await database.transaction((tx) => sweepCancelled(tx, clock.now())));
}

/** Pauses the issue of a mailing that the outbox pauses, in the same transaction. */
export async function pauseWithMailing(
  context: Pick<DigestsContext, 'clock' | 'random'>,
  tx: Queries,
  mailingId: string,
  reason: string,
): Promise<void> {
  if (await pauseIn(tx, mailingId, reason)) await raiseIssueEvent(tx, context, 'issue.paused', mailingId)
}

/** Finishes an issue whose deliveries are all settled. False if some are not, or if its state is no longer `sending`. */
export async function finishIssue(context: DigestsContext, id: string): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    await lockMailing(tx, id)
    if (await isUnsettled(tx, id)) return false
    if (!(await moveIssue(tx, id, ['sending'], 'finished', context.clock.now()))) return false
    await moveMailing(tx, id, 'finished')
    await raiseIssueEvent(tx, context, 'issue.finished', id)
    return true
  })
}

type Requeue = (tx: Queries, mailingId: string, before: Date, now: Date) => Promise<boolean>

/** Which action it is, and who acts. */
interface Act {
  readonly verb: string
  readonly by: Actor | undefined
}

async function again(
  context: DigestsContext,
  id: string,
  { verb, by, seenAt }: Acting & { readonly verb: string },
  requeue: Requeue,
): Promise<ActionOutcome> {
  const now = context.clock.now()
  // Deliveries that fail after this moment are not queued again.
  const before = earlierOf(seenAt ?? now, now)
  let isMore = true
  const step = (tx: Queries) => requeue(tx, id, before, now)
  const outcome = await act(context, id, { verb, by }, async (tx, state) => {
    if (!maySendAgain(state)) return false
    isMore = await step(tx)
    if (isMore) await reopen(tx, id, now)
    return isMore
  })
  while (outcome.status === 'done' && isMore) isMore = await context.database.transaction(step)
  context.triggerSender()
  return outcome
}

async function retryGroup(context: DigestsContext, id: string, group: string, { by, seenAt }: Acting): Promise<ActionOutcome> {
  const { database, clock } = context
  const now = clock.now()
  const before = earlierOf(seenAt ?? now, now)
  // Searched outside the transaction: the group may be small among many failures.
  let found = await nextFailedOfKind(database, id, group, 0, before)
  const outcome = await act(context, id, { verb: 'retry', by }, async (tx, state) => {
    if (!found || !maySendAgain(state) || (await requeueThese(tx, found.ids, before, now)) === 0) return false
    await reopen(tx, id, now)
    return true
  })
  while (outcome.status === 'done' && found) {
    found = await nextFailedOfKind(database, id, group, found.last, before)
    const ids = found?.ids
    if (ids) await database.transaction((tx) => requeueThese(tx, ids, before, now))
  }
  context.triggerSender()
  return outcome
}

function maySendAgain(state: IssueState): boolean {
  return ['sending', 'paused', 'finished'].includes(state)
}

async function reopen(tx: Queries, id: string, now: Date): Promise<void> {
  if (await moveIssue(tx, id, ['finished'], 'sending', now)) await moveMailing(tx, id, 'open')
}

function earlierOf(one: Date, other: Date): Date {
  return one < other ? one : other
}

/** Runs one action under the lock of the mailing. `change` returns false if the action does not fit the state. */
async function act(
  context: DigestsContext,
  id: string,
  { verb, by }: Act,
  change: (tx: Queries, state: IssueState) => Promise<boolean>,
): Promise<ActionOutcome> {
  return context.database.transaction(async (tx): Promise<ActionOutcome> => {
    await lockMailing(tx, id)
    const issue = await readIssue(tx, id)
    if (!issue) return { status: 'unknown' }
    if (!(await change(tx, issue.state))) {
      return { status: 'refused', reason: `issue ${issue.number} is ${issue.state}: there is nothing to ${verb}`, issue }
    }
    if (by) await context.recordAudit(tx, { action: `issue.${verb.replace(' ', '_')}`, subject: id, by })
    const outcome = await readIssue(tx, id)
    context.log.info({ issueId: id, from: issue.state, to: outcome?.state }, `issue action: ${verb}`)
    return { status: 'done', issue: outcome ?? issue }
  })
}
