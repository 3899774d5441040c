import type { Counts } from '../../outbox/delivery.ts'
import { readCounts, readRates } from '../../outbox/delivery-queries.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue, IssueState } from './issue.ts'
import { listStates } from './issue-store.ts'

/** How far an issue is. */
export interface IssueProgress {
  readonly id: string
  readonly state: IssueState
  readonly counts: Counts
  /** The sum of `counts`; undefined while the audience is being frozen. */
  readonly audience: number | undefined
  /** Deliveries settled a second, over the last minute. Undefined unless it is being sent. */
  readonly perSecond: number | undefined
  /** Undefined if nothing was sent in the last minute, or while the audience is being frozen. */
  readonly leftSeconds: number | undefined
}

/**
 * The progress of these issues, in the order given; unknown ids are left out. Three statements that read a few rows for each issue,
 * however many readers it has: cheap enough to call every second.
 */
export async function progressOf(
  { database, clock }: Pick<DigestsContext, 'database' | 'clock'>,
  issueIds: readonly string[],
): Promise<IssueProgress[]> {
  const states = await listStates(database, issueIds)
  const ids = issueIds.filter((id) => states.has(id))
  const counts = await readCounts(database, ids)
  const running = ids.filter((id) => isRunning(states.get(id)?.state))
  const rates = await readRates(database, running, clock.now())
  return ids.map((id) => {
    const issue = states.get(id) as Pick<Issue, 'state' | 'frozenAt'>
    return progressFrom(id, issue, counts.get(id) as Counts, rates.get(id))
  })
}

function progressFrom(
  id: string,
  { state, frozenAt }: Pick<Issue, 'state' | 'frozenAt'>,
  counts: Counts,
  perSecond: number | undefined,
): IssueProgress {
  const waiting = counts.queued + counts.handing_over
  const isFrozen = frozenAt !== undefined || state === 'cancelled'
  return {
    id,
    state,
    counts,
    audience: isFrozen ? Object.values(counts).reduce((sum, count) => sum + count, 0) : undefined,
    perSecond,
    leftSeconds: isFrozen && perSecond !== undefined && perSecond > 0 && waiting > 0 ? Math.ceil(waiting / perSecond) : undefined,
  }
}

/** Deliveries of an issue in this state may go out now. */
export function isRunning(state: IssueState | undefined): boolean {
  return state === 'preparing' || state === 'sending'
}

/** Progress in the form of the live stream: `rate` is deliveries a second. */
export function liveIssueJson({ id, state, counts, audience, perSecond, leftSeconds }: IssueProgress) {
  return {
    id,
    state,
    counts: { audience: audience ?? null, ...counts },
    rate: perSecond === undefined ? null : Number(perSecond.toPrecision(3)),
    left_seconds: leftSeconds ?? null,
  }
}
