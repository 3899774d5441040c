import type { Counts } from '../../outbox/delivery.ts'
import { readCounts } from '../../outbox/delivery-queries.ts'
import type { DigestsRoom } from '../context.ts'
import type { Issue } from '../issue/issue.ts'
import { listIssuesIn, readIssue } from '../issue/issue-store.ts'
import { readMissedSince } from '../schedule/slot-store.ts'
import { listToReview, readTroubles, type StandingNotice } from './notice-store.ts'
import { failedText, heldText, missedText, pausedText, troubleText } from './notice-text.ts'

/** A notice that is to stand now, with what has to be done when it is told. */
export interface Cause extends StandingNotice {
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
export async function findCauses(room: DigestsRoom): Promise<Cause[]> {
  return [...(await findHeld(room)), ...(await findPaused(room)), ...(await findStuck(room)), ...(await findMissed(room))]
}

async function findHeld(room: DigestsRoom): Promise<Cause[]> {
  const held = await listIssuesIn(room.database, 'held')
  return held.map((issue) => {
    // Held for another reason is another cause: a clock no longer lets it go.
    const cause = `held ${issue.id} ${issue.hold?.releaseAt ? 'until its time' : 'until approved'}`
    return { ...aboutIssue(issue, 'held'), cause, since: issue.createdAt, ...heldText(room.publication(), issue), show: issue }
  })
}

async function findPaused(room: DigestsRoom): Promise<Cause[]> {
  const paused = await listIssuesIn(room.database, 'paused')
  return paused.map((issue) => ({
    ...aboutIssue(issue, 'paused'),
    cause: `paused ${issue.id}`,
    since: room.clock.now(),
    ...pausedText(room.publication(), issue),
  }))
}

async function findStuck(room: DigestsRoom): Promise<Cause[]> {
  const troubles = await readTroubles(room.database)
  const { digests } = room.publication()
  return troubles
    .filter(({ digest, issueId }) => issueId !== undefined || digests.has(digest))
    .filter(({ since }) => room.clock.now().getTime() - since.getTime() >= patienceMs)
    .map((trouble) => ({
      kind: 'failed',
      digest: trouble.digest,
      issueId: trouble.issueId,
      cause: `stuck ${trouble.digest} ${trouble.issueId ?? ''}`.trim(),
      since: trouble.since,
      standsUntil: undefined,
      ...troubleText(room.publication(), trouble),
      show: undefined,
    }))
}

async function findMissed(room: DigestsRoom): Promise<Cause[]> {
  const missed = await readMissedSince(room.database, new Date(room.clock.now().getTime() - standsMs))
  return missed.map((slots) => ({
    kind: 'missed',
    digest: slots.digest,
    issueId: undefined,
    cause: `missed ${slots.digest} ${slots.recordedAt.getTime()}`,
    since: slots.recordedAt,
    standsUntil: undefined,
    ...missedText(room.publication(), slots),
    show: undefined,
  }))
}

/** An issue that has just finished: what went wrong with it, if much did. Undefined in `cause` where all is well. */
export interface Review {
  readonly issueId: string
  readonly cause: Cause | undefined
}

export async function reviewFinished(room: DigestsRoom): Promise<Review[]> {
  const ids = await listToReview(room.database)
  const counts = await readCounts(room.database, ids)
  const reviews: Review[] = []
  for (const id of ids) {
    const issue = await readIssue(room.database, id)
    const of = counts.get(id)
    if (issue && of) reviews.push({ issueId: id, cause: isFailure(of) ? failureOf(room, issue, of) : undefined })
  }
  return reviews
}

function failureOf(room: DigestsRoom, issue: Issue, counts: Counts): Cause {
  const since = issue.finishedAt ?? room.clock.now()
  return {
    ...aboutIssue(issue, 'failed'),
    cause: `failed ${issue.id} ${since.getTime()}`,
    since,
    standsUntil: new Date(since.getTime() + standsMs),
    ...failedText(room.publication(), issue, counts),
  }
}

function isFailure({ sent, failed }: Counts): boolean {
  return failed > 0 && failed >= failedShare * (sent + failed)
}

function aboutIssue<Kind extends 'held' | 'paused' | 'failed'>(issue: Issue, kind: Kind) {
  return { kind, digest: issue.digest, issueId: issue.id, standsUntil: undefined, show: undefined } as const
}
