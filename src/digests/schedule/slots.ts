import { Cron } from 'croner'
import type { DigestDefinition } from '../../publication/publication.ts'

/** Slots dealt with in one call: what is recorded then is where the next call goes on, so a minutely digest catches up in steps. */
const maxSlots = 500

export interface DueSlots {
  /** The one to issue now, if any is still within its allowed lateness. */
  readonly current: Date | undefined
  /** Over: later than allowed, or overtaken by a later slot that is due as well. */
  readonly over: readonly { readonly slot: Date; readonly outcome: 'missed' | 'skipped'; readonly reason: string }[]
}

/**
 * Which slots of `definition` lie after `last` (the last recorded one, or when the digest began) and not after `now`.
 * The same answer however often it is asked: a missed, doubled or late tick of the clock changes nothing.
 */
export function dueSlots(definition: DigestDefinition, timezone: string, last: Date, now: Date): DueSlots {
  if (definition.schedule.kind !== 'cron') return { current: undefined, over: [] }
  const slots = slotsBetween(cronOf(definition.schedule.expression, timezone), last, now)
  // Where there are more, the newest of these is not the newest that is due.
  const newest = slots.length < maxSlots ? slots.at(-1) : undefined
  const isInTime = newest !== undefined && now.getTime() - newest.getTime() <= definition.allowedLatenessMs
  const over = isInTime ? slots.slice(0, -1) : slots
  return {
    current: isInTime ? newest : undefined,
    over: over.map((slot) => {
      const isLate = now.getTime() - slot.getTime() > definition.allowedLatenessMs
      return isLate
        ? { slot, outcome: 'missed', reason: 'nothing was running until its allowed lateness was over' }
        : { slot, outcome: 'skipped', reason: 'a later slot was due at the same time' }
    }),
  }
}

/** The next slot after `now`; undefined for a digest without a timetable. */
export function nextSlot(definition: DigestDefinition, timezone: string, now: Date): Date | undefined {
  if (definition.schedule.kind !== 'cron') return undefined
  return cronOf(definition.schedule.expression, timezone).nextRun(now) ?? undefined
}

/** A zone is asked of Intl, which takes 12 ms and 8 MB to begin: UTC has no need of it. */
function cronOf(expression: string, timezone: string): Cron {
  return new Cron(expression, timezone === 'UTC' ? { utcOffset: 0 } : { timezone })
}

function slotsBetween(cron: Cron, after: Date, until: Date): Date[] {
  const slots: Date[] = []
  for (let slot = cron.nextRun(after); slot && slot <= until && slots.length < maxSlots; slot = cron.nextRun(slot)) slots.push(slot)
  return slots
}
