import { logError } from '../../platform/log.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { freezeAudience } from '../audience/freeze-audience.ts'
import type { DigestsContext } from '../context.ts'
import { chooseSingles } from '../issue/choose-articles.ts'
import { createIssue, writeIssue } from '../issue/create-issue.ts'
import { sweepCancelledIssues } from '../issue/issue-actions.ts'
import { holdSingle, releaseHeld } from '../issue/issue-approval.ts'
import { countIssuesSince, listIssuesIn, lockDigest } from '../issue/issue-store.ts'
import { finishIssues } from '../issue/issues.ts'
import { insertLedger, readLedger } from '../issue/ledger-store.ts'
import { clearTrouble, recordTrouble, type Stuck } from '../notices/notice-store.ts'
import { tellNotices } from '../notices/notices.ts'
import { registerDigest } from './register-digest.ts'
import { hasSlot, insertSlots, readProgress } from './slot-store.ts'
import { dueSlots, nextSlot } from './slots.ts'

/**
 * Does all that is due now: slots to issues, articles to single issues, issues to deliveries. What is due is derived from
 * what is recorded and the clock, so a call too many is harmless and a call too few is made good by the next.
 */
export async function runDue(context: DigestsContext): Promise<void> {
  for (const definition of context.publication().digests.values()) {
    await carefully(context, { digest: definition.name }, async () => {
      await context.database.transaction((tx) => registerDigest(context, tx, definition))
      if (definition.schedule.kind === 'on_publish') return issueDueArticles(context, definition)
      await issueDueSlot(context, definition)
      await prepareNextSlot(context, definition)
    })
  }
  await continueIssues(context)
  await tellNotices(context).catch((error: Error) => logError(context.log, error, 'the operator could not be told; it is tried again'))
}

/** Freezes what is not frozen yet, also what a process that ended left behind, and ends what is settled. */
export async function continueIssues(context: DigestsContext): Promise<void> {
  await releaseHeld(context)
  await sweepCancelledIssues(context)
  for (const { id, digest } of await listIssuesIn(context.database, 'preparing')) {
    await carefully(context, { digest, issueId: id }, () => freezeAudience(context, id))
  }
  await finishIssues(context)
}

/** One digest or issue that cannot go on is recorded and tried again with the next trigger; the others go on. */
async function carefully(context: DigestsContext, stuck: Stuck, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    await clearTrouble(context.database, stuck)
  } catch (error) {
    logError(context.log, error, 'what is due could not be done; it is tried again', { ...stuck })
    await recordTrouble(context.database, stuck, (error as Error).message, context.clock.now())
  }
}

/** A slow copy brings its articles one by one; this is the time in which they count together. */
const floodWindowMs = 10 * 60_000

async function issueDueSlot(context: DigestsContext, definition: DigestDefinition): Promise<void> {
  const { database, clock, log } = context
  const now = clock.now()
  const last = await readProgress(database, definition.name, now)
  if (!last) return
  const due = dueSlots(definition, context.publication().timezone, last, now)
  if (due.over.length > 0) {
    const ours = await database.transaction((tx) => insertSlots(tx, definition.name, due.over, now))
    if (ours > 0) for (const { slot, outcome, reason } of due.over) log.warn({ digest: definition.name, slot, reason }, `slot ${outcome}`)
  }
  if (due.current) await createIssue(context, definition, { slot: due.current })
}

/** An issue that the operator is to see first is created ahead of its slot, when there is something to carry. */
async function prepareNextSlot(context: DigestsContext, definition: DigestDefinition): Promise<void> {
  if (typeof definition.hold !== 'object') return
  const now = context.clock.now()
  const slot = nextSlot(definition, context.publication().timezone, now)
  if (!slot || slot.getTime() - now.getTime() > definition.hold.aheadMs) return
  if (!(await hasSlot(context.database, definition.name, slot))) await createIssue(context, definition, { slot })
}

async function issueDueArticles(context: DigestsContext, definition: DigestDefinition): Promise<void> {
  const { articles } = context.articles()
  const now = context.clock.now()
  await context.database.transaction(async (tx) => {
    await lockDigest(tx, definition.name)
    const { carried, excluded } = chooseSingles(definition, articles, await readLedger(tx, definition.name), now)
    const entries = excluded.map(({ article, reason }) => ({ articleId: article.id, reason }))
    await insertLedger(tx, definition.name, entries, now)
    const before = await countIssuesSince(tx, definition.name, new Date(now.getTime() - floodWindowMs))
    const hold = holdSingle(definition, carried.length + before)
    for (const article of carried.toReversed()) {
      await writeIssue(context, tx, definition, { key: `article ${article.id}` }, { carried: [article], excluded: [] }, hold)
    }
  })
}
