import type { Article } from '../../articles/article.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { isAbout } from '../issue/choose-articles.ts'
import { hasLedger, insertLedger } from '../issue/ledger-store.ts'
import {
  changeSchedule,
  dropSlotsAhead,
  insertDigest,
  insertSlots,
  readProgress,
  readRegistered,
  registerNoLaterThan,
} from './slot-store.ts'
import { dueSlots } from './slots.ts'

/**
 * Registers a digest when it is first seen. Slots count from then, or from when a changed schedule or time zone is seen, so that
 * an edit sends nothing at once. `start_with: 0` and `on_publish` exclude the existing articles now, other digests with the
 * first issue.
 */
export async function registerDigest(context: DigestsContext, tx: Queries, definition: DigestDefinition): Promise<void> {
  const now = context.clock.now()
  const { inMail: articles } = context.articles()
  const scheduleLine = scheduleLineOf(definition, context.publication().timezone)
  const registered = await readRegistered(tx, definition.name)
  if (!registered) {
    if (await insertDigest(tx, definition.name, scheduleLine, now)) await excludeExisting(tx, definition, articles, now)
    return
  }
  if (registered.countsFrom > now) await registerNoLaterThan(tx, definition.name, now)
  const dropped = await dropSlotsAhead(tx, definition.name, now)
  if (dropped > 0) context.log.warn({ digest: definition.name, slots: dropped }, 'the clock went back: future slots are open again')
  if (registered.scheduleLine === scheduleLine) return
  if (await endOldSchedule(tx, definition, registered.scheduleLine, scheduleLine, now)) {
    context.log.info({ digest: definition.name, from: registered.scheduleLine, to: scheduleLine }, 'schedule changed')
    if (!(await hasLedger(tx, definition.name))) await excludeExisting(tx, definition, articles, now)
  }
}

export function excludesAtOnce({ schedule, startWith }: DigestDefinition): boolean {
  return schedule.kind === 'on_publish' || startWith === 0
}

/** Schedule and time zone in one line, to detect changes: `0 8 * * mon Europe/London`. Stored in `digests.rhythm`. */
function scheduleLineOf({ schedule }: DigestDefinition, timezone: string): string {
  return schedule.kind === 'cron' ? `${schedule.expression.trim()} ${timezone}` : 'on_publish'
}

async function excludeExisting(tx: Queries, definition: DigestDefinition, articles: readonly Article[], now: Date): Promise<void> {
  if (!excludesAtOnce(definition)) return
  const older = articles.filter((article) => isAbout(definition, article)).slice(definition.startWith)
  const entries = older.map((article) => ({ articleId: article.id, reason: 'before the first issue' }))
  await insertLedger(tx, definition.name, entries, now)
}

/** Ends the open slots of the old schedule, so that a digest moved to another day is not sent on the old day. */
async function endOldSchedule(tx: Queries, definition: DigestDefinition, from: string, to: string, now: Date): Promise<boolean> {
  const progress = await readProgress(tx, definition.name, now)
  if (!(await changeSchedule(tx, definition.name, from, to, now))) return false
  if (from === 'on_publish' || !progress) return true
  const zoneAt = from.lastIndexOf(' ')
  const old: DigestDefinition = { ...definition, schedule: { kind: 'cron', expression: from.slice(0, zoneAt) } }
  const due = dueSlots(old, from.slice(zoneAt + 1), progress, now)
  const reason = 'the schedule was changed before it went out'
  const open = due.current ? [{ slot: due.current, outcome: 'skipped', reason } as const] : []
  await insertSlots(tx, definition.name, [...due.over, ...open], now)
  return true
}
