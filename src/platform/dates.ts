import { isTimeZone, localToUtc } from './time-zones.ts'

/** The result of parsing a date. `reason` says what is wrong, as a sentence. */
export type ParsedDate = { readonly at: Date } | { readonly reason: string }

/** A day as written; it may not exist. */
interface WrittenDay {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** A time of day as written; the numbers may be out of range. */
interface WrittenTime {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millisecond: number
}

const midnight: WrittenTime = { hour: 0, minute: 0, second: 0, millisecond: 0 }

const numericDay = /^(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))(?!\d)/
const slashedDay = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)/
const weekday = '(?:(?:sun|mon|tue|wed|thu|fri|sat)[a-z]{0,6}\\.?,?\\s+)?'
const dayFirst = new RegExp(`^${weekday}(\\d{1,2})(?:st|nd|rd|th)?[\\s-]+(?:of\\s+)?([a-z]{3,9})\\.?,?[\\s-]+(\\d{4})(?!\\d)`, 'i')
const monthFirst = new RegExp(`^${weekday}([a-z]{3,9})\\.?[\\s-]+(\\d{1,2})(?:st|nd|rd|th)?,?[\\s-]+(\\d{4})(?!\\d)`, 'i')
const timeOfDay =
  /^(?:\s*T|,?\s+(?:at\s+)?)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?m(?![a-z])\.?)?\s*(Z|[A-Z]{3,5}(?![A-Za-z+-])|(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d{2})?|[A-Z][A-Za-z_]+\/[A-Za-z_/-]+)?(?:\s+(?:[A-Z]{2,5}|\([^()]*\)))?$/i
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthNames = 'january february march april may june july august september october november december'.split(' ')

/**
 * Parses a date in any form that people and their tools write. A date alone is midnight in `timezone` (IANA), and a time without
 * offset is local time there; the machine's own time zone is never used. A local time that the clocks skip becomes the first instant
 * after it.
 */
export function parseDate(text: string, timezone: string): ParsedDate {
  const trimmed = withoutSuffixes(
    text
      .replace(/[\u00A0\u202F\u2009\u3000]/g, ' ')
      .trim()
      .slice(0, 100),
  )
  // Seconds or milliseconds since 1970, as some tools write them.
  if (/^\d{10}(?:\d{3})?$/.test(trimmed)) return { at: new Date(Number(trimmed.padEnd(13, '0'))) }
  const unreadable = `"${trimmed.slice(0, 40)}" is not a date: write it as 2026-11-24 or 2026-11-24T09:30:00+01:00`
  const found = readDay(trimmed)
  if (found === 'ambiguous') {
    return {
      reason: `"${trimmed.slice(0, 40)}" is ambiguous: day and month may be swapped; write it as 2026-11-24`,
    }
  }
  const time = found && found.rest.trim() !== '' ? timeOfDay.exec(found.rest) : undefined
  if (!found || time === null) return { reason: unreadable }
  const { year } = found
  if (year < 1000 || year > 9998) return { reason: `year ${String(year).padStart(4, '0')} is out of range: it must be from 1000 to 9998` }
  const [, hour, minute, second, fraction, half, zone] = time ?? []
  return toInstant(trimmed, found, { ...timeOf(undefined, minute, second, fraction), hour: hourOf(hour, half) }, zone, timezone)
}

/** RFC 9557 §4.1: a time zone, then keys with values. */
const suffixes = /^(?:\[!?([A-Za-z][\w+/-]*|[+-]\d\d:?\d\d)\])?(?:\[!?[a-z_][\w-]*=[\w-]+\])*$/i

/** `2026-11-20T09:30[Europe/Paris]` as `2026-11-20T09:30 Europe/Paris`. An offset beside the zone counts, and the zone does not. */
function withoutSuffixes(text: string): string {
  const open = text.indexOf('[')
  const found = open < 0 ? null : suffixes.exec(text.slice(open))
  if (!found) return text
  const date = text.slice(0, open)
  const [, zone] = found
  if (zone === undefined || /:\d\d.*(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(date)) return date
  return `${date}${date.includes(':') ? '' : 'T00:00'} ${zone}`
}

const isoInstant = /^([1-9]\d{3})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/i

/** Programs that send mail to lists store no older instants. */
const earliest = Date.UTC(1980, 0, 1)

/**
 * Parses an instant as programs write it: ISO 8601, or with a space; without an offset it is UTC. Undefined if it is malformed, not a
 * real day, before 1980, or later than `latest`.
 */
export function parseInstant(text: string, latest?: Date): Date | undefined {
  const written = text.trim()
  const parts = isoInstant.exec(written)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = parts
  const parsed = toInstant(written, dayOf(year, month, day), timeOf(hour, minute, second, fraction), zone, 'UTC')
  if ('reason' in parsed || parsed.at.getTime() < earliest || (latest && parsed.at > latest)) return undefined
  return parsed.at
}

/** The first instant of `day` (`2026-11-20`) in `timezone` (IANA). Undefined if there is no such day. */
export function startOfDay(day: string, timezone: string): Date | undefined {
  const [, year, month, date] = /^([1-9]\d{3})-(\d\d)-(\d\d)$/.exec(day) ?? []
  if (year === undefined) return undefined
  const parsed = toInstant(day, dayOf(year, month, date), midnight, undefined, timezone)
  return 'at' in parsed ? parsed.at : undefined
}

/** `zone`: an offset, a name for one, or an IANA zone, as written. Without it, the time is local to `timezone`. */
function toInstant(
  text: string,
  { year, month, day }: WrittenDay,
  { hour, minute, second, millisecond }: WrittenTime,
  zone: string | undefined,
  timezone: string,
): ParsedDate {
  if (month < 1 || month > 12) return { reason: `"${text}" has month ${month}, which does not exist` }
  if (day < 1 || day > daysIn(year, month)) return { reason: `"${text}" names a day that ${year}-${pad(month)} does not have` }
  if (hour > 23 || minute > 59 || second > 59) return { reason: `"${text}" has an invalid time of day` }
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  if (zone === undefined) return { at: new Date(localToUtc(asUtc, timezone)) }
  if (zone.includes('/')) return isTimeZone(zone) ? { at: new Date(localToUtc(asUtc, zone)) } : { reason: `"${zone}" is not a time zone` }
  const offsetMinutes = parseOffset(zone)
  if (offsetMinutes === undefined) return { reason: `"${zone}" is not an offset from UTC` }
  return { at: new Date(asUtc - offsetMinutes * 60_000) }
}

function dayOf(year: string | undefined, month: string | undefined, day: string | undefined): WrittenDay {
  return { year: Number(year), month: Number(month), day: Number(day) }
}

/** Converts the digits of a time. `fraction` is a fraction of a second. */
function timeOf(
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
): WrittenTime {
  const millisecond = Number((fraction ?? '0').padEnd(3, '0').slice(0, 3))
  return { hour: Number(hour ?? 0), minute: Number(minute ?? 0), second: Number(second ?? 0), millisecond }
}

/** `rest`: the text after the day. */
function readDay(text: string): (WrittenDay & { readonly rest: string }) | 'ambiguous' | undefined {
  const numeric = numericDay.exec(text)
  if (numeric) {
    const [whole, year, , month = numeric[5], day = numeric[6]] = numeric
    return { year: Number(year), month: Number(month), day: Number(day), rest: text.slice(whole.length) }
  }
  const slashed = slashedDay.exec(text)
  if (slashed) {
    const [one, other, year] = [slashed[1], slashed[3], slashed[4]].map(Number) as [number, number, number]
    const rest = text.slice(slashed[0].length)
    if (one > 12) return { year, month: other, day: one, rest }
    if (other > 12 || one === other) return { year, month: one, day: other, rest }
    return 'ambiguous'
  }
  const first = dayFirst.exec(text)
  const match = first ?? monthFirst.exec(text)
  const [day, name] = first ? [first[1], first[2]] : [match?.[2], match?.[1]]
  const month = monthNamed(name ?? '')
  return match && month > 0 ? { year: Number(match[3]), month, day: Number(day), rest: text.slice(match[0].length) } : undefined
}

/** 1 to 12, or 0 if `name` is not an English month. */
function monthNamed(name: string): number {
  const lower = name.toLowerCase()
  const index = months.indexOf(lower.slice(0, 3))
  return index >= 0 && (monthNames[index]?.startsWith(lower) || lower === 'sept') ? index + 1 : 0
}

function hourOf(written: string | undefined, half: string | undefined): number {
  const hour = Number(written ?? 0)
  if (half === undefined) return hour
  return hour < 1 || hour > 12 ? 24 : (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function pad(month: number): string {
  return String(month).padStart(2, '0')
}

/** Hours ahead of UTC: the names of RFC 5322 §4.3, and further common ones that are unambiguous. */
const namedOffsets: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  cet: 1,
  cest: 2,
  jst: 9,
}

function parseOffset(zone: string): number | undefined {
  const named = namedOffsets[zone.toLowerCase()]
  if (named !== undefined) return named * 60
  const [, sign, digits = ''] = /([+-])(\d{1,2}(?::?\d{2})?)$/.exec(zone) ?? []
  const bare = digits.replace(':', '')
  const hours = Number(bare.length > 2 ? bare.slice(0, -2) : bare)
  const minutes = Number(bare.length > 2 ? bare.slice(-2) : 0)
  if (sign === undefined || hours > 14 || minutes > 59) return undefined
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes)
}
