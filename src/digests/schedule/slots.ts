import { Cron } from 'croner'
import type { DigestDefinition } from '../../publication/publication.ts'

/** Slots in one call. The next call continues after the recorded ones, so a digest with many slots catches up in steps. */
const maxSlots = 500

export interface DueSlots {
  /** The slot to issue now; undefined if none is within its allowed lateness. */
  readonly current: Date | undefined
  /** Slots that are missed (too late) or skipped (a later slot is due too). */
  readonly over: readonly { readonly slot: Date; readonly outcome: 'missed' | 'skipped'; readonly reason: string }[]
}

/**
 * The slots of `definition` after `last` and up to `now`. `last` is the last recorded slot, or when the digest was registered.
 * A pure function: missed, repeated or late calls change nothing.
 */
export function dueSlots(definition: DigestDefinition, timezone: string, last: Date, now: Date): DueSlots {
  if (definition.schedule.kind !== 'cron') return { current: undefined, over: [] }
  const slots = slotsBetween(cronOf(definition.schedule.expression, timezone), last, now)
  // At the limit there may be more slots, so the last of these may not be the newest due one.
  const newest = slots.length < maxSlots ? slots.at(-1) : undefined
  const isInTime = newest !== undefined && now.getTime() - newest.getTime() <= definition.allowedLatenessMs
  const over = isInTime ? slots.slice(0, -1) : slots
  return {
    current: isInTime ? newest : undefined,
    over: over.map((slot) => {
      const isLate = now.getTime() - slot.getTime() > definition.allowedLatenessMs
      return isLate
        ? { slot, outcome: 'missed', reason: 'Broadsheet was not running within its allowed lateness' }
        : { slot, outcome: 'skipped', reason: 'a later slot was due at the same time' }
    }),
  }
}

/** The next slot after `now`; undefined for a digest without a cron schedule. */
export function nextSlot(definition: DigestDefinition, timezone: string, now: Date): Date | undefined {
  if (definition.schedule.kind !== 'cron') return undefined
  return cronOf(definition.schedule.expression, timezone).nextRun(now) ?? undefined
}

/** The next `count` slots after `now`, or fewer if the schedule ends. Empty for a digest without a cron schedule. */
export function nextSlots(definition: DigestDefinition, timezone: string, now: Date, count: number): Date[] {
  if (definition.schedule.kind !== 'cron') return []
  return cronOf(definition.schedule.expression, timezone).nextRuns(count, now)
}

/** UTC needs no Intl, whose first use costs 12 ms and 8 MB. */
function cronOf(expression: string, timezone: string): Cron {
  return new Cron(expression, timezone === 'UTC' ? { utcOffset: 0 } : { timezone })
}

function slotsBetween(cron: Cron, after: Date, until: Date): Date[] {
  const slots: Date[] = []
  for (let slot = cron.nextRun(after); slot && slot <= until && slots.length < maxSlots; slot = cron.nextRun(slot)) slots.push(slot)
  return slots
}
