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
import type { DigestsRoom } from '../context.ts'
import type { Issue, IssueState } from './issue.ts'
import { moveIssue, pauseIn, readIssue, resumeIn } from './issue-store.ts'

export type Steered =
  | { readonly status: 'done'; readonly issue: Issue }
  | { readonly status: 'unknown' }
  /** The issue is in a state in which this means nothing. */
  | { readonly status: 'refused'; readonly reason: string }

export type UncertainAction = 'resend' | 'let_be'

/** From the return of this verb on nothing of the issue is handed over; what is under way gets its answer. */
export async function pauseIssue(room: DigestsRoom, id: string, reason = 'paused by the operator'): Promise<Steered> {
  return steer(room, id, 'pause', async (tx) => {
    if (!(await pauseIn(tx, id, reason))) return false
    await moveMailing(tx, id, 'paused')
    return true
  })
}

/** Goes on where it was, freezing its audience included. */
export async function resumeIssue(room: DigestsRoom, id: string): Promise<Steered> {
  const steered = await steer(room, id, 'resume', async (tx) => {
    if (!(await resumeIn(tx, id))) return false
    await moveMailing(tx, id, 'open')
    return true
  })
  room.triggerSender()
  return steered
}

/** For good: what is queued is cancelled, what was handed over is not called back. */
export async function cancelIssue(room: DigestsRoom, id: string): Promise<Steered> {
  const steered = await steer(room, id, 'cancel', async (tx) => {
    const isMoved = await moveIssue(tx, id, ['preparing', 'held', 'sending', 'paused'], 'cancelled', room.clock.now())
    if (isMoved) await moveMailing(tx, id, 'cancelled')
    return isMoved
  })
  if (steered.status === 'done') await sweepCancelledIssues(room)
  return steered
}

/** Queues again what has failed so far, each with all its tries before it. */
export async function retryFailed(room: DigestsRoom, id: string): Promise<Steered> {
  return again(room, id, 'retry', requeueFailed)
}

/** Decides what nobody can know: `resend` may reach a reader twice (under the same Message-ID), `let_be` perhaps never. */
export async function decideUncertain(room: DigestsRoom, id: string, action: UncertainAction): Promise<Steered> {
  if (action === 'resend') return again(room, id, 'resend', requeueUncertain)
  return steer(room, id, 'let be', async (tx) => (await letUncertainBe(tx, id, room.clock.now())) > 0)
}

/** In steps, each of which a restart makes good: what is left of a cancelled issue is cancelled by the next run. */
export async function sweepCancelledIssues({ database, clock }: DigestsRoom): Promise<void> {
  while (await database.transaction((tx) => sweepCancelled(tx, clock.now())));
}

/** The outbox paused a mailing in its own transaction: the issue goes with it. */
export async function pauseWithMailing(tx: Queries, mailingId: string, reason: string): Promise<void> {
  await pauseIn(tx, mailingId, reason)
}

/** Ends an issue of which nothing is owed any more. False where something is, or it was steered elsewhere. */
export async function finishIssue({ database, clock }: DigestsRoom, id: string): Promise<boolean> {
  return database.transaction(async (tx) => {
    await lockMailing(tx, id)
    if (await isUnsettled(tx, id)) return false
    if (!(await moveIssue(tx, id, ['sending'], 'finished', clock.now()))) return false
    await moveMailing(tx, id, 'finished')
    return true
  })
}

type Requeue = (tx: Queries, mailingId: string, before: Date, now: Date) => Promise<boolean>

async function again(room: DigestsRoom, id: string, verb: string, requeue: Requeue): Promise<Steered> {
  // What fails once more meanwhile is not ours to take again.
  const before = room.clock.now()
  let isMore = true
  const step = (tx: Queries) => requeue(tx, id, before, before)
  const steered = await steer(room, id, verb, async (tx, state) => {
    if (!['sending', 'paused', 'finished'].includes(state)) return false
    isMore = await step(tx)
    if (!isMore) return false
    if (await moveIssue(tx, id, ['finished'], 'sending', before)) await moveMailing(tx, id, 'open')
    return true
  })
  while (steered.status === 'done' && isMore) isMore = await room.database.transaction(step)
  room.triggerSender()
  return steered
}

/** One change of an issue's state at a time; `change` says whether it fits the state that the issue is in. */
async function steer(
  room: DigestsRoom,
  id: string,
  verb: string,
  change: (tx: Queries, state: IssueState) => Promise<boolean>,
): Promise<Steered> {
  return room.database.transaction(async (tx): Promise<Steered> => {
    await lockMailing(tx, id)
    const issue = await readIssue(tx, id)
    if (!issue) return { status: 'unknown' }
    if (!(await change(tx, issue.state))) {
      return { status: 'refused', reason: `issue ${issue.number} is ${issue.state}: there is nothing to ${verb}` }
    }
    const steered = await readIssue(tx, id)
    room.log.info({ issueId: id, from: issue.state, to: steered?.state }, `issue steered: ${verb}`)
    return { status: 'done', issue: steered ?? issue }
  })
}
