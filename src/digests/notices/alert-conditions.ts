import type { Counts } from '../../outbox/delivery.ts'
import { readCounts } from '../../outbox/delivery-queries.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue } from '../issue/issue.ts'
import { listIssuesIn, readIssue } from '../issue/issue-store.ts'
import { readMissedSince } from '../schedule/slot-store.ts'
import { listToReview, readTroubles, type StandingNotice } from './notice-store.ts'
import { failedText, heldText, missedText, pausedText, troubleText } from './notice-text.ts'

/** A notice that is to stand now, with what has to be done when it is told. */
export interface AlertCondition extends StandingNotice {
  /** The issue itself, which the operator is to see. */
  readonly show: Issue | undefined
}

/** What happened stays on the desk this long; what lasts, as long as it lasts. */
const standsMs = 7 * 86_400_000
/** A reader's mistyped address is no failure of an issue; one message in twenty is. */
const failedShare = 0.05
/** What cannot go on is tried again with every trigger: what is over in a minute is no news. */
const patienceMs = 60_000

/** All that the operator is to know of now, from what is recorded; whoever asks changes nothing. */
export async function findAlertConditions(context: DigestsContext): Promise<AlertCondition[]> {
  return [...(await findHeld(context)), ...(await findPaused(context)), ...(await findStuck(context)), ...(await findMissed(context))]
}

async function findHeld(context: DigestsContext): Promise<AlertCondition[]> {
  const held = await listIssuesIn(context.database, 'held')
  return held.map((issue) => {
    // Held for another reason is another cause: a clock no longer lets it go.
    const cause = `held ${issue.id} ${issue.hold?.releaseAt ? 'until its time' : 'until approved'}`
    return { ...aboutIssue(issue, 'held'), cause, since: issue.createdAt, ...heldText(context.publication(), issue), show: issue }
  })
}

async function findPaused(context: DigestsContext): Promise<AlertCondition[]> {
  const paused = await listIssuesIn(context.database, 'paused')
  return paused.map((issue) => ({
    ...aboutIssue(issue, 'paused'),
    cause: `paused ${issue.id}`,
    since: context.clock.now(),
    ...pausedText(context.publication(), issue),
  }))
}

async function findStuck(context: DigestsContext): Promise<AlertCondition[]> {
  const troubles = await readTroubles(context.database)
  const { digests } = context.publication()
  return troubles
    .filter(({ digest, issueId }) => issueId !== undefined || digests.has(digest))
    .filter(({ since }) => context.clock.now().getTime() - since.getTime() >= patienceMs)
    .map((trouble) => ({
      kind: 'failed',
      digest: trouble.digest,
      issueId: trouble.issueId,
      cause: `stuck ${trouble.digest} ${trouble.issueId ?? ''}`.trim(),
      since: trouble.since,
      standsUntil: undefined,
      ...troubleText(context.publication(), trouble),
      show: undefined,
    }))
}

async function findMissed(context: DigestsContext): Promise<AlertCondition[]> {
  const missed = await readMissedSince(context.database, new Date(context.clock.now().getTime() - standsMs))
  return missed.map((slots) => ({
    kind: 'missed',
    digest: slots.digest,
    issueId: undefined,
    cause: `missed ${slots.digest} ${slots.recordedAt.getTime()}`,
    since: slots.recordedAt,
    standsUntil: undefined,
    ...missedText(context.publication(), slots),
    show: undefined,
  }))
}

/** An issue that has just finished: what went wrong with it, if much did. Undefined in `cause` where all is well. */
export interface Review {
  readonly issueId: string
  readonly cause: AlertCondition | undefined
}

export async function reviewFinished(context: DigestsContext): Promise<Review[]> {
  const ids = await listToReview(context.database)
  const counts = await readCounts(context.database, ids)
  const reviews: Review[] = []
  for (const id of ids) {
    const issue = await readIssue(context.database, id)
    const of = counts.get(id)
    if (issue && of) reviews.push({ issueId: id, cause: isFailure(of) ? failureOf(context, issue, of) : undefined })
  }
  return reviews
}

function failureOf(context: DigestsContext, issue: Issue, counts: Counts): AlertCondition {
  const since = issue.finishedAt ?? context.clock.now()
  return {
    ...aboutIssue(issue, 'failed'),
    cause: `failed ${issue.id} ${since.getTime()}`,
    since,
    standsUntil: new Date(since.getTime() + standsMs),
    ...failedText(context.publication(), issue, counts),
  }
}

function isFailure({ sent, failed }: Counts): boolean {
  return failed > 0 && failed >= failedShare * (sent + failed)
}

function aboutIssue<Kind extends 'held' | 'paused' | 'failed'>(issue: Issue, kind: Kind) {
  return { kind, digest: issue.digest, issueId: issue.id, standsUntil: undefined, show: undefined } as const
}
