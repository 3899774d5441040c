const written = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/i

/** Nothing that sends mail is older. */
const earliest = Date.UTC(1980, 0, 1)

/**
 * An instant as lists write it (ISO 8601 or with a space, an offset or none, which is UTC); undefined where it is none, is no
 * real day, or is later than `latest`.
 */
export function readInstant(text: string, latest?: Date): Date | undefined {
  const parts = written.exec(text.trim())
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0))
  const local = Date.UTC(year, month - 1, day, hour, minute, second, Number((parts[7] ?? '').padEnd(3, '0')))
  const isReal = new Date(local).getUTCDate() === day && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60
  const instant = new Date(local - offsetMs(parts[8]))
  if (!isReal || instant.getTime() < earliest || (latest && instant > latest)) return undefined
  return instant
}

function offsetMs(zone: string | undefined): number {
  const parts = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '')
  if (!parts) return 0
  return (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3])) * 60_000
}
