import { localToUtc } from '../platform/time-zones.ts'

/** The first instant of `day` (`2026-11-20`) where that zone's clocks are; undefined where there is no such day. */
export function startOfDay(day: string, timezone: string): Date | undefined {
  const utc = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== day) return undefined
  return new Date(localToUtc(utc, timezone))
}
