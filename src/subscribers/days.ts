/** The first instant of `day` (`2026-11-20`) where that zone's clocks are; undefined where there is no such day. */
export function startOfDay(day: string, timezone: string): Date | undefined {
  const utc = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== day) return undefined
  const guess = utc - offsetMs(utc, timezone)
  // A second look, for zones that change their clocks in between.
  return new Date(utc - offsetMs(guess, timezone))
}

/** The day that it is then: `2026-11-20`. */
export function dayOf(at: Date, timezone: string): string {
  return new Date(at.getTime() + offsetMs(at.getTime(), timezone)).toISOString().slice(0, 10)
}

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
function offsetMs(at: number, timezone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000
}
