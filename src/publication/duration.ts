import { z } from 'zod'

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A setting such as `30m`, `6h` or `2d`, as milliseconds. */
export const duration = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, 'must be a duration such as 30m, 6h or 2d')
  .transform(durationMs)

/** Milliseconds of a duration such as `30m`, `6h` or `2d`. */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * (unitsMs[text.slice(-1)] ?? 0)
}
