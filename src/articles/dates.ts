/** What a date in front matter turned out to be. */
export type ParsedDate = { readonly at: Date } | { readonly reason: string }

const written =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * The instant that `text` names. A date alone is midnight of `timezone` (IANA), and a time without an offset is local
 * time there: the machine's own zone has no say. An hour that the clocks skip becomes the first instant after it.
 */
export function parseDate(text: string, timezone: string): ParsedDate {
  const trimmed = text.replace(/[\u00A0\u202F\u2009]/g, ' ').trim()
  const match = written.exec(trimmed)
  if (!match) return { reason: `"${trimmed.slice(0, 40)}" is no date: write it as 2026-11-24 or 2026-11-24T09:30:00+01:00` }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const millisecond = Number((match[7] ?? '0').padEnd(3, '0').slice(0, 3))
  if (year < 1000 || year > 9998) return { reason: `there is no use for the year ${match[1]}` }
  if (month < 1 || month > 12) return { reason: `"${trimmed}" names month ${month}` }
  if (day < 1 || day > daysIn(year, month)) return { reason: `"${trimmed}" names a day that ${match[1]}-${pad(month)} does not have` }
  if (hour > 23 || minute > 59 || second > 59) return { reason: `"${trimmed}" names a time that no day has` }
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  const offset = match[8]
  if (offset === undefined) return { at: new Date(localToUtc(asUtc, timezone)) }
  const offsetMinutes = parseOffset(offset)
  if (offsetMinutes === undefined) return { reason: `"${offset}" is no offset from UTC` }
  return { at: new Date(asUtc - offsetMinutes * 60_000) }
}

/** The month of `at` on the calendar of `timezone`, as `2026-11`. */
export function monthIn(timezone: string, at: Date): string {
  return new Date(at.getTime() + offsetMs(timezone, at.getTime())).toISOString().slice(0, 7)
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function pad(month: number): string {
  return String(month).padStart(2, '0')
}

function parseOffset(offset: string): number | undefined {
  if (/^[a-z]/i.test(offset)) return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', '') || 0)
  if (hours > 14 || minutes > 59) return undefined
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** Local time, given as if it were UTC, to the instant. Of a repeated hour the first. */
function localToUtc(local: number, timezone: string): number {
  const before = local - offsetMs(timezone, local - 86_400_000)
  const after = local - offsetMs(timezone, local + 86_400_000)
  const fits = [before, after].filter((at) => at + offsetMs(timezone, at) === local)
  if (fits.length > 0) return Math.min(...fits)
  return firstInstantAfterGap(Math.min(before, after), Math.max(before, after), timezone)
}

/** The clocks go forward between `from` and `to`: the millisecond at which they do. */
function firstInstantAfterGap(from: number, to: number, timezone: string): number {
  const offsetBefore = offsetMs(timezone, from)
  let low = from
  let high = to
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetMs(timezone, middle) === offsetBefore) low = middle
    else high = middle
  }
  return high
}

const dayMs = 86_400_000

/**
 * How far the clocks of `timezone` are ahead of UTC at `at`, in milliseconds. Asking Intl takes 20 µs, so it is asked
 * once for each end of a day; only on a day whose ends differ for the instant itself.
 */
function offsetMs(timezone: string, at: number): number {
  if (timezone === 'UTC') return 0
  const day = Math.floor(at / dayMs)
  const offset = offsetAtStartOfDay(timezone, day)
  return offset === offsetAtStartOfDay(timezone, day + 1) ? offset : askIntl(timezone, at)
}

const offsetsByDay = new Map<string, Map<number, number>>()

function offsetAtStartOfDay(timezone: string, day: number): number {
  const known = offsetsByDay.get(timezone) ?? new Map<number, number>()
  offsetsByDay.set(timezone, known)
  let offset = known.get(day)
  if (offset === undefined) {
    offset = askIntl(timezone, day * dayMs)
    known.set(day, offset)
  }
  return offset
}

/** Making a formatter costs more than a hundred uses of it. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function askIntl(timezone: string, at: number): number {
  const formatter = formatters.get(timezone) ?? formatterFor(timezone)
  formatters.set(timezone, formatter)
  const [day, month, year, hour, minute, second] = (formatter.format(at).match(/\d+/g) ?? []).map(Number)
  const local = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
  return local - Math.floor(at / 1000) * 1000
}

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
}
