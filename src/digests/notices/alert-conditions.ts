import type { Counts } from '../../outbox/delivery.ts'
import { readCounts } from '../../outbox/delivery-queries.ts'
import { failingEndpoints } from '../../webhooks/endpoints.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue } from '../issue/issue.ts'
import { isHeldInFlood } from '../issue/issue-approval.ts'
import { listIssuesIn, readIssue } from '../issue/issue-store.ts'
import { readMissedSince } from '../schedule/slot-store.ts'
import { listToReview, readTroubles, type StandingNotice } from './notice-store.ts'
import { failedText, heldText, missedText, noticeContext, pausedText, troubleText, webhookText } from './notice-text.ts'

/** A condition that needs a notice now. */
export interface AlertCondition extends StandingNotice {
  /** The issue to send to the operator together with the notice. */
  readonly show: Issue | undefined
  /** Conditions with the same key have one cause, and share one email. */
  readonly bundle: Bundle
}

export interface Bundle {
  readonly kind: 'held' | 'paused' | 'stuck' | 'missed' | 'failed' | 'webhook'
  readonly key: string
  /** Whether a notice that stands already told of this cause: later ones appear on the desk only. */
  readonly isToldOnce: boolean
}

/** How long a past event stays on the desk. A lasting condition stays until it ends. */
const eventShownMs = 7 * 86_400_000
/** Share of failed deliveries that makes a notice. A few mistyped addresses are normal. */
const failedShare = 0.05
/** A digest that is stuck is retried with every trigger. Shorter trouble makes no notice. */
const patienceMs = 60_000

/** All conditions that the operator should know of now. Reads only. */
export async function findAlertConditions(context: DigestsContext): Promise<AlertCondition[]> {
  return [
    ...(await findHeld(context)),
    ...(await findPaused(context)),
    ...(await findStuck(context)),
    ...(await findMissed(context)),
    ...(await findFailingWebhooks(context)),
  ]
}

async function findHeld(context: DigestsContext): Promise<AlertCondition[]> {
  const held = await listIssuesIn(context.database, 'held')
  return held.map((issue) => {
    // A different cause when the issue loses its release time, so that the operator gets a new notice.
    const cause = `held ${issue.id} ${issue.hold?.releaseAt ? 'until its time' : 'until approved'}`
    return {
      ...aboutIssue(issue, 'held'),
      cause,
      since: issue.createdAt,
      ...heldText(noticeContext(context), issue),
      show: issue,
      bundle: heldBundle(issue),
    }
  })
}

/** A flood of articles comes in steps, and is one cause. Otherwise each issue that is held is to be looked at. */
function heldBundle({ digest, hold }: Issue): Bundle {
  const isFlood = isHeldInFlood(hold)
  return { kind: 'held', key: `held ${digest} ${isFlood ? 'in a flood' : hold?.reason}`, isToldOnce: isFlood }
}

async function findPaused(context: DigestsContext): Promise<AlertCondition[]> {
  const paused = await listIssuesIn(context.database, 'paused')
  return paused.map((issue) => ({
    ...aboutIssue(issue, 'paused'),
    cause: `paused ${issue.id}`,
    since: context.clock.now(),
    ...pausedText(noticeContext(context), issue),
    bundle: { kind: 'paused', key: `paused ${issue.pauseReason}`, isToldOnce: true },
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
      ...troubleText(noticeContext(context), trouble),
      bundle: { kind: 'stuck', key: `stuck ${trouble.reason}`, isToldOnce: true },
      show: undefined,
    }))
}

async function findMissed(context: DigestsContext): Promise<AlertCondition[]> {
  const missed = await readMissedSince(context.database, new Date(context.clock.now().getTime() - eventShownMs))
  return missed.map((slots) => ({
    kind: 'missed',
    digest: slots.digest,
    issueId: undefined,
    cause: `missed ${slots.digest} ${slots.recordedAt.getTime()}`,
    since: slots.recordedAt,
    standsUntil: undefined,
    ...missedText(noticeContext(context), slots),
    bundle: { kind: 'missed', key: 'missed', isToldOnce: false },
    show: undefined,
  }))
}

/** One notice for each outage of an endpoint: it ends with the first success, or when the operator enables, changes or removes it. */
async function findFailingWebhooks(context: DigestsContext): Promise<AlertCondition[]> {
  const failing = await failingEndpoints(context.database)
  return failing.map((endpoint) => ({
    kind: 'failed',
    digest: '',
    issueId: undefined,
    cause: `webhook ${endpoint.id} ${endpoint.disabledReason === undefined ? 'fails' : 'disabled'}`,
    since: endpoint.failingSince ?? context.clock.now(),
    standsUntil: undefined,
    ...webhookText(noticeContext(context), endpoint),
    bundle: { kind: 'webhook', key: 'webhook', isToldOnce: false },
    show: undefined,
  }))
}

/** An issue that has finished. `cause` is undefined unless too many deliveries failed. */
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
    const issueCounts = counts.get(id)
    if (issue && issueCounts)
      reviews.push({ issueId: id, cause: isFailure(issueCounts) ? failureOf(context, issue, issueCounts) : undefined })
  }
  return reviews
}

/** The failure of one issue, whether or not it was reviewed; undefined if few of its deliveries failed. */
export async function findFailure(context: DigestsContext, issueId: string): Promise<AlertCondition | undefined> {
  const issue = await readIssue(context.database, issueId)
  const counts = (await readCounts(context.database, [issueId])).get(issueId)
  return issue && counts && isFailure(counts) ? failureOf(context, issue, counts) : undefined
}

function failureOf(context: DigestsContext, issue: Issue, counts: Counts): AlertCondition {
  const since = issue.finishedAt ?? context.clock.now()
  return {
    ...aboutIssue(issue, 'failed'),
    cause: `failed ${issue.id} ${since.getTime()}`,
    since,
    standsUntil: new Date(since.getTime() + eventShownMs),
    ...failedText(noticeContext(context), issue, counts),
    bundle: { kind: 'failed', key: 'failed', isToldOnce: false },
  }
}

function isFailure({ sent, failed }: Counts): boolean {
  return failed > 0 && failed >= failedShare * (sent + failed)
}

function aboutIssue<Kind extends 'held' | 'paused' | 'failed'>(issue: Issue, kind: Kind) {
  return { kind, digest: issue.digest, issueId: issue.id, standsUntil: undefined, show: undefined } as const
}
