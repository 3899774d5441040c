import { logError } from '../../platform/log.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { freezeAudience } from '../audience/freeze-audience.ts'
import type { DigestsRoom } from '../context.ts'
import { chooseSingles } from '../issue/choose-articles.ts'
import { createIssue, writeIssue } from '../issue/create-issue.ts'
import { sweepCancelledIssues } from '../issue/issue-actions.ts'
import { holdSingle, releaseHeld } from '../issue/issue-approval.ts'
import { countIssuesSince, listIssuesIn, lockDigest } from '../issue/issue-store.ts'
import { finishIssues } from '../issue/issues.ts'
import { insertLedger, readLedger } from '../issue/ledger-store.ts'
import { clearTrouble, recordTrouble, type Stuck } from '../notices/notice-store.ts'
import { tellNotices } from '../notices/notices.ts'
import { begin } from './register-digest.ts'
import { hasSlot, insertSlots, readProgress } from './slot-store.ts'
import { dueSlots, nextSlot } from './slots.ts'

/**
 * Does all that is due now: slots to issues, articles to single issues, issues to deliveries. What is due is derived from
 * what is recorded and the clock, so a call too many is harmless and a call too few is made good by the next.
 */
export async function runDue(room: DigestsRoom): Promise<void> {
  for (const definition of room.publication().digests.values()) {
    await carefully(room, { digest: definition.name }, async () => {
      await room.database.transaction((tx) => begin(room, tx, definition))
      if (definition.schedule.kind === 'on_publish') return issueDueArticles(room, definition)
      await issueDueSlot(room, definition)
      await prepareNextSlot(room, definition)
    })
  }
  await continueIssues(room)
  await tellNotices(room).catch((error: Error) => logError(room.log, error, 'the operator could not be told; it is tried again'))
}

/** Freezes what is not frozen yet, also what a process that ended left behind, and ends what is settled. */
export async function continueIssues(room: DigestsRoom): Promise<void> {
  await releaseHeld(room)
  await sweepCancelledIssues(room)
  for (const { id, digest } of await listIssuesIn(room.database, 'preparing')) {
    await carefully(room, { digest, issueId: id }, () => freezeAudience(room, id))
  }
  await finishIssues(room)
}

/** One digest or issue that cannot go on is recorded and tried again with the next trigger; the others go on. */
async function carefully(room: DigestsRoom, stuck: Stuck, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    await clearTrouble(room.database, stuck)
  } catch (error) {
    logError(room.log, error, 'what is due could not be done; it is tried again', { ...stuck })
    await recordTrouble(room.database, stuck, (error as Error).message, room.clock.now())
  }
}

/** A slow copy brings its articles one by one; this is the time in which they count together. */
const floodWindowMs = 10 * 60_000

async function issueDueSlot(room: DigestsRoom, definition: DigestDefinition): Promise<void> {
  const { database, clock, log } = room
  const now = clock.now()
  const last = await readProgress(database, definition.name, now)
  if (!last) return
  const due = dueSlots(definition, room.publication().timezone, last, now)
  if (due.over.length > 0) {
    const ours = await database.transaction((tx) => insertSlots(tx, definition.name, due.over, now))
    if (ours > 0) for (const { slot, outcome, reason } of due.over) log.warn({ digest: definition.name, slot, reason }, `slot ${outcome}`)
  }
  if (due.current) await createIssue(room, definition, { slot: due.current })
}

/** An issue that the operator is to see first is created ahead of its slot, when there is something to carry. */
async function prepareNextSlot(room: DigestsRoom, definition: DigestDefinition): Promise<void> {
  if (typeof definition.hold !== 'object') return
  const now = room.clock.now()
  const slot = nextSlot(definition, room.publication().timezone, now)
  if (!slot || slot.getTime() - now.getTime() > definition.hold.aheadMs) return
  if (!(await hasSlot(room.database, definition.name, slot))) await createIssue(room, definition, { slot })
}

async function issueDueArticles(room: DigestsRoom, definition: DigestDefinition): Promise<void> {
  const { articles } = room.articles()
  const now = room.clock.now()
  await room.database.transaction(async (tx) => {
    await lockDigest(tx, definition.name)
    const { carried, excluded } = chooseSingles(definition, articles, await readLedger(tx, definition.name), now)
    const entries = excluded.map(({ article, reason }) => ({ articleId: article.id, reason }))
    await insertLedger(tx, definition.name, entries, now)
    const before = await countIssuesSince(tx, definition.name, new Date(now.getTime() - floodWindowMs))
    const hold = holdSingle(definition, carried.length + before)
    for (const article of carried.toReversed()) {
      await writeIssue(room, tx, definition, { key: `article ${article.id}` }, { carried: [article], excluded: [] }, hold)
    }
  })
}
