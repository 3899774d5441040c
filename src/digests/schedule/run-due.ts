import type { Queries } from '../../platform/database/database.ts'
import { logError } from '../../platform/log.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { freezeAudience } from '../audience/freeze-audience.ts'
import type { DigestsContext } from '../context.ts'
import { chooseSingles } from '../issue/choose-articles.ts'
import { createIssue, excludedByNote, holdForNote, writeIssue } from '../issue/create-issue.ts'
import { useNextHold } from '../issue/hold-next.ts'
import { sweepCancelledIssues } from '../issue/issue-actions.ts'
import { holdSingle, releaseHeld } from '../issue/issue-approval.ts'
import { countIssuesSince, listIssuesIn, lockDigest, readLastIssue } from '../issue/issue-store.ts'
import { finishIssues } from '../issue/issues.ts'
import { insertLedger, readLedger } from '../issue/ledger-store.ts'
import { dayOfIssue } from '../notes/choose-note.ts'
import { applyNote, readNotesFor } from '../notes/issue-note.ts'
import { clearTrouble, recordTrouble, type Stuck } from '../notices/notice-store.ts'
import { tellNotices } from '../notices/notices.ts'
import { registerDigest } from './register-digest.ts'
import { hasSlot, insertSlots, readProgress } from './slot-store.ts'
import { dueSlots, nextSlot } from './slots.ts'

/**
 * Runs all due work: slots become issues, articles become single issues, issues become deliveries. Idempotent: due work follows
 * from the database and the clock, so an extra call changes nothing and the next call catches up.
 */
export async function runDue(context: DigestsContext): Promise<void> {
  for (const definition of context.publication().digests.values()) {
    await recordingTrouble(context, { digest: definition.name }, async () => {
      await context.database.transaction((tx) => registerDigest(context, tx, definition))
      if (definition.schedule.kind === 'on_publish') return issueDueArticles(context, definition)
      await issueDueSlot(context, definition)
      await prepareNextSlot(context, definition)
    })
  }
  await continueIssues(context)
  await tellNotices(context).catch((error: Error) => logError(context.log, error, 'could not notify the operator; it is retried'))
}

/** Releases, freezes and finishes issues, including those that an earlier process left incomplete. */
export async function continueIssues(context: DigestsContext): Promise<void> {
  await releaseHeld(context)
  await sweepCancelledIssues(context)
  for (const { id, digest } of await listIssuesIn(context.database, 'preparing')) {
    await recordingTrouble(context, { digest, issueId: id }, () => freezeAudience(context, id))
  }
  await finishIssues(context)
}

/** Records a failure of one digest or issue. The next trigger retries it; the others continue. */
async function recordingTrouble(context: DigestsContext, stuck: Stuck, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    await clearTrouble(context.database, stuck)
  } catch (error) {
    logError(context.log, error, 'due work failed; it is retried', { ...stuck })
    await recordTrouble(context.database, stuck, (error as Error).message, context.clock.now())
  }
}

/** Articles that appear within this time count as one flood, because a slow copy adds them one by one. */
const floodWindowMs = 10 * 60_000

async function issueDueSlot(context: DigestsContext, definition: DigestDefinition): Promise<void> {
  const { database, clock, log } = context
  const now = clock.now()
  const last = await readProgress(database, definition.name, now)
  if (!last) return
  const due = dueSlots(definition, context.publication().timezone, last, now)
  if (due.over.length > 0) {
    const inserted = await database.transaction((tx) => insertSlots(tx, definition.name, due.over, now))
    if (inserted > 0)
      for (const { slot, outcome, reason } of due.over) log.warn({ digest: definition.name, slot, reason }, `slot ${outcome}`)
  }
  if (due.current) await createIssue(context, definition, { slot: due.current })
}

/** With `hold: <time>`, creates the issue that long before its slot, if there are new articles. */
async function prepareNextSlot(context: DigestsContext, definition: DigestDefinition): Promise<void> {
  if (typeof definition.hold !== 'object') return
  const now = context.clock.now()
  const slot = nextSlot(definition, context.publication().timezone, now)
  if (!slot || slot.getTime() - now.getTime() > definition.hold.aheadMs) return
  if (!(await hasSlot(context.database, definition.name, slot))) await createIssue(context, definition, { slot })
}

async function issueDueArticles(context: DigestsContext, definition: DigestDefinition): Promise<void> {
  const { inMail: articles } = context.articles()
  const now = context.clock.now()
  const day = dayOfIssue(context.publication(), undefined, now)
  const numberOf = async (db: Queries) => ((await readLastIssue(db, definition.name))?.number ?? 0) + 1
  const notes = await readNotesFor(context, definition.name, { number: await numberOf(context.database), day })
  await context.database.transaction(async (tx) => {
    await lockDigest(tx, definition.name)
    const { included, excluded } = chooseSingles(definition, articles, await readLedger(tx, definition.name), now)
    const entries = excluded.map(({ article, reason }) => ({ articleId: article.id, reason }))
    await insertLedger(tx, definition.name, entries, now)
    const before = await countIssuesSince(tx, definition.name, new Date(now.getTime() - floodWindowMs))
    const hold = holdSingle(definition, included.length + before)
    for (const article of included.toReversed()) {
      const number = await numberOf(tx)
      const noted = await applyNote(context, tx, definition, notes, { number, day }, [article])
      if (noted.arranged.excluded.length > 0) {
        await insertLedger(tx, definition.name, [{ articleId: article.id, reason: excludedByNote(number) }], now)
        continue
      }
      // One article is one issue, so there is no next one for it to wait for.
      const single = { ...noted, arranged: { ...noted.arranged, included: [article], postponed: [] } }
      const held = holdForNote(context, noted.faults) ?? (await useNextHold(tx, definition.name)) ?? hold
      await writeIssue(context, tx, definition, { key: `article ${article.id}` }, single, held)
    }
  })
}
