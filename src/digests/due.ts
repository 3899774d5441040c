import type { DigestDefinition } from '../publication/publication.ts'
import { begin } from './begin.ts'
import { chooseSingles, floodOfIssues } from './choose.ts'
import { createIssue, writeIssue } from './create.ts'
import { freezeAudience } from './freeze.ts'
import { finishIssues } from './issues.ts'
import type { DigestsRoom } from './room.ts'
import { dueSlots } from './schedule.ts'
import { countIssuesSince, insertLedger, insertSlot, listIssuesIn, lockDigest, readLedger, readProgress } from './store.ts'

/**
 * Does all that is due now: slots to issues, articles to single issues, issues to deliveries. What is due is derived from
 * what is recorded and the clock, so a call too many is harmless and a call too few is made good by the next.
 */
export async function runDue(room: DigestsRoom): Promise<void> {
  for (const definition of room.publication().digests.values()) {
    await carefully(room, { digest: definition.name }, async () => {
      await room.database.transaction((tx) => begin(tx, definition, room.articles().articles, room.clock.now()))
      if (definition.schedule.kind === 'cron') await issueDueSlot(room, definition)
      else await issueDueArticles(room, definition)
    })
  }
  await continueIssues(room)
}

/** Freezes what is not frozen yet, also what a process that ended left behind, and ends what is settled. */
export async function continueIssues(room: DigestsRoom): Promise<void> {
  for (const { id, digest } of await listIssuesIn(room.database, 'preparing')) {
    await carefully(room, { digest, issueId: id }, () => freezeAudience(room, id))
  }
  await finishIssues(room)
}

/** One digest or issue that cannot go on is reported and tried again with the next nudge; the others go on. */
async function carefully(room: DigestsRoom, about: object, work: () => Promise<void>): Promise<void> {
  await work().catch((error: Error) =>
    room.log.error({ ...about, reason: error.message }, 'what is due could not be done; it is tried again'),
  )
}

/** A slow copy brings its articles one by one; this is the time in which they count together. */
const floodWindowMs = 10 * 60_000

async function issueDueSlot(room: DigestsRoom, definition: DigestDefinition): Promise<void> {
  const { database, clock, log } = room
  const last = await readProgress(database, definition.name)
  if (!last) return
  const due = dueSlots(definition, room.publication().timezone, last, clock.now())
  for (const { slot, reason, outcome } of due.over) {
    const isOurs = await database.transaction((tx) => insertSlot(tx, definition.name, slot, outcome, reason))
    if (isOurs) log.warn({ digest: definition.name, slot, reason }, `slot ${outcome}`)
  }
  if (due.current) await createIssue(room, definition, { slot: due.current })
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
    const isFlood = carried.length + before > floodOfIssues
    for (const article of carried.toReversed()) {
      await writeIssue(room, tx, definition, { key: `article ${article.id}` }, { carried: [article], excluded: [] }, isFlood)
    }
  })
}
