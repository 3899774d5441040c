import {
  isUnsettled,
  letUncertainBe,
  lockMailing,
  moveMailing,
  requeueFailed,
  requeueUncertain,
  sweepCancelled,
} from '../../outbox/mailing-state.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue, IssueState } from './issue.ts'
import { raiseIssueEvent } from './issue-events.ts'
import { moveIssue, pauseIn, readIssue, resumeIn } from './issue-store.ts'

export type ActionOutcome =
  | { readonly status: 'done'; readonly issue: Issue }
  | { readonly status: 'unknown' }
  /** The action does not fit the state of the issue. */
  | { readonly status: 'refused'; readonly reason: string }

export type UncertainAction = 'resend' | 'let_be'

/** Nothing of the issue is handed over after this returns. Deliveries in progress still get their answer. */
export async function pauseIssue(context: DigestsContext, id: string, reason = 'paused by the operator'): Promise<ActionOutcome> {
  return act(context, id, 'pause', async (tx) => {
    if (!(await pauseIn(tx, id, reason))) return false
    await moveMailing(tx, id, 'paused')
    await raiseIssueEvent(tx, context, 'issue.paused', id)
    return true
  })
}

/** Continues sending, and freezing the audience if that was not complete. */
export async function resumeIssue(context: DigestsContext, id: string): Promise<ActionOutcome> {
  const outcome = await act(context, id, 'resume', async (tx) => {
    if (!(await resumeIn(tx, id))) return false
    await moveMailing(tx, id, 'open')
    return true
  })
  context.triggerSender()
  return outcome
}

/** Cancels queued deliveries for good. Messages already handed over cannot be recalled. */
export async function cancelIssue(context: DigestsContext, id: string): Promise<ActionOutcome> {
  const outcome = await act(context, id, 'cancel', async (tx) => {
    const isMoved = await moveIssue(tx, id, ['preparing', 'held', 'sending', 'paused'], 'cancelled', context.clock.now())
    if (isMoved) await moveMailing(tx, id, 'cancelled')
    return isMoved
  })
  if (outcome.status === 'done') await sweepCancelledIssues(context)
  return outcome
}

/** Queues the failed deliveries again, each with a full set of attempts. */
export async function retryFailed(context: DigestsContext, id: string): Promise<ActionOutcome> {
  return again(context, id, 'retry', requeueFailed)
}

/** Settles uncertain deliveries. `resend` may reach a reader twice (with the same Message-ID); with `let_be` a reader may get nothing. */
export async function decideUncertain(context: DigestsContext, id: string, action: UncertainAction): Promise<ActionOutcome> {
  if (action === 'resend') return again(context, id, 'resend', requeueUncertain)
  return act(context, id, 'let be', async (tx) => (await letUncertainBe(tx, id, context.clock.now())) > 0)
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

async function again(context: DigestsContext, id: string, verb: string, requeue: Requeue): Promise<ActionOutcome> {
  // Deliveries that fail after this moment are not queued again.
  const before = context.clock.now()
  let isMore = true
  const step = (tx: Queries) => requeue(tx, id, before, before)
  const outcome = await act(context, id, verb, async (tx, state) => {
    if (!['sending', 'paused', 'finished'].includes(state)) return false
    isMore = await step(tx)
    if (!isMore) return false
    if (await moveIssue(tx, id, ['finished'], 'sending', before)) await moveMailing(tx, id, 'open')
    return true
  })
  while (outcome.status === 'done' && isMore) isMore = await context.database.transaction(step)
  context.triggerSender()
  return outcome
}

/** Runs one action under the lock of the mailing. `change` returns false if the action does not fit the state. */
async function act(
  context: DigestsContext,
  id: string,
  verb: string,
  change: (tx: Queries, state: IssueState) => Promise<boolean>,
): Promise<ActionOutcome> {
  return context.database.transaction(async (tx): Promise<ActionOutcome> => {
    await lockMailing(tx, id)
    const issue = await readIssue(tx, id)
    if (!issue) return { status: 'unknown' }
    if (!(await change(tx, issue.state))) {
      return { status: 'refused', reason: `issue ${issue.number} is ${issue.state}: there is nothing to ${verb}` }
    }
    const outcome = await readIssue(tx, id)
    context.log.info({ issueId: id, from: issue.state, to: outcome?.state }, `issue action: ${verb}`)
    return { status: 'done', issue: outcome ?? issue }
  })
}
