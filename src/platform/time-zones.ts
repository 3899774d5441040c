/** Whether `name` is a time zone of Intl, such as `Europe/London`. */
export function isTimeZone(name: string): boolean {
  try {
    // Loading Intl takes 12 ms and 8 MB, which a publication in UTC does not need.
    if (name !== 'UTC') new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The month of `at` in `timezone`, such as `2026-11`. */
export function monthIn(timezone: string, at: Date): string {
  return dayIn(timezone, at).slice(0, 7)
}

/** The day of `at` in `timezone`, such as `2026-11-24`. */
export function dayIn(timezone: string, at: Date): string {
  return new Date(at.getTime() + offsetMs(timezone, at.getTime())).toISOString().slice(0, 10)
}

/**
 * Converts local time, given as if it were UTC, to an instant; both in milliseconds since 1970. A repeated time gives its first
 * instant. A skipped time gives the first instant after the gap.
 */
export function localToUtc(local: number, timezone: string): number {
  const before = local - offsetMs(timezone, local - 86_400_000)
  const after = local - offsetMs(timezone, local + 86_400_000)
  const fits = [before, after].filter((at) => at + offsetMs(timezone, at) === local)
  if (fits.length > 0) return Math.min(...fits)
  return firstInstantAfterGap(Math.min(before, after), Math.max(before, after), timezone)
}

/** The millisecond between `from` and `to` at which the clocks go forward. */
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
 * The offset of `timezone` from UTC at `at`, in milliseconds. A call of Intl takes 20 µs, so the offsets at both ends of a day are
 * cached. Intl is asked for the instant only if they differ.
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

/** Creating a formatter costs more than a hundred uses of it. */
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
