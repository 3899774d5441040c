import { parseDate, parseInstant } from '../../platform/dates.ts'
import { countValues } from './sample.ts'
import type { TableRow } from './table.ts'

/** Which part of a date like 3/4/2021 comes first in a column. */
export type DayOrder = 'day_first' | 'month_first'

const slashed = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)/

/** Undefined if the values of the first rows fit both orders, or contradict each other. */
export function dayOrderOf(sample: readonly TableRow[], at: number): DayOrder | undefined {
  let hasDayFirst = false
  let hasMonthFirst = false
  for (const value of countValues(sample, at).keys()) {
    const [, first, , second] = slashed.exec(value) ?? []
    if (Number(first) > 12) hasDayFirst = true
    if (Number(second) > 12) hasMonthFirst = true
  }
  if (hasDayFirst === hasMonthFirst) return undefined
  return hasDayFirst ? 'day_first' : 'month_first'
}

export type InstantReading = { readonly at: Date } | { readonly reason: string }

/** Programs that send mail to lists store no older instants. */
const earliest = Date.UTC(1980, 0, 1)

/**
 * Reads an instant in any form that `parseDate` reads; without an offset it is UTC. Dates like 3/4/2021 are read in the order of their
 * column. `latest`: later instants are refused.
 */
export function readInstant(text: string, order: DayOrder | undefined, latest?: Date): InstantReading {
  // Fast path: most programs write ISO 8601.
  const iso = parseInstant(text, latest)
  if (iso) return { at: iso }
  const reading = parseDate(inOrder(text, order), 'UTC')
  if ('reason' in reading) return { reason: reading.reason }
  if (reading.at.getTime() < earliest) return { reason: `"${text.slice(0, 40)}" is before 1980` }
  return latest && reading.at > latest ? { reason: `"${text.slice(0, 40)}" is in the future` } : reading
}

/** A date that may be swapped, with the year first. Others are read as they are. */
function inOrder(text: string, order: DayOrder | undefined): string {
  const [whole, first, , second, year] = slashed.exec(text) ?? []
  if (!whole || !first || !second || !order || Number(first) > 12 || Number(second) > 12) return text
  const [month, day] = order === 'day_first' ? [second, first] : [first, second]
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${text.slice(whole.length)}`
}
