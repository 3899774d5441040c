import type { SubscribersContext } from '../context.ts'
import { type GrowthRow, readGrowth } from './growth-store.ts'

const dayMs = 86_400_000

/** Days or weeks that are told unless more are asked for: a month, or more than half a year. */
export const usualPeriods = 30
export const maxPeriods = 400

/** Readers who joined and left in one day or week. */
export interface GrowthPeriod {
  /** Its first day, such as `2026-11-30`. Days are of UTC, weeks begin on Monday. */
  readonly from: string
  readonly joined: number
  readonly left: number
  readonly net: number
}

export interface GrowthPart {
  /** The name of the digest, or the sign-up source. */
  readonly name: string
  readonly joined: number
  readonly left: number
  readonly net: number
}

export interface Growth {
  readonly joined: number
  readonly left: number
  readonly net: number
  /** Oldest first, without gaps. */
  readonly periods: readonly GrowthPeriod[]
  /** The most joined first. */
  readonly byDigest: readonly GrowthPart[]
  readonly bySource: readonly GrowthPart[]
}

/**
 * Subscriptions that began and ended in the last `count` days or weeks, today included. An erased reader counts as left. `digest` and
 * `source` restrict it.
 */
export async function growthOf(
  { database, clock }: Pick<SubscribersContext, 'database' | 'clock'>,
  {
    per,
    count,
    digest,
    source,
  }: { readonly per: 'day' | 'week'; readonly count: number; readonly digest?: string; readonly source?: string },
): Promise<Growth> {
  const today = Math.floor(clock.now().getTime() / dayMs)
  const length = per === 'day' ? 1 : 7
  // 1970-01-01 was a Thursday: three days after a Monday.
  const startOf = (day: number) => (per === 'day' ? day : day - ((day + 3) % 7))
  const first = startOf(today) - (count - 1) * length
  const rows = (await readGrowth(database, first)).filter(
    (row) => row.day <= today && (digest === undefined || row.digest === digest) && (source === undefined || row.source === source),
  )
  const periods = Array.from({ length: count }, (_, index) => first + index * length)
  const byStart = Map.groupBy(rows, (row) => startOf(row.day))
  return {
    ...sumOf(rows),
    periods: periods.map((start) => ({ from: new Date(start * dayMs).toISOString().slice(0, 10), ...sumOf(byStart.get(start) ?? []) })),
    byDigest: partsOf(rows, (row) => row.digest),
    bySource: partsOf(rows, (row) => row.source),
  }
}

/** Subscriptions that began and ended on the UTC days from `from` up to before `to`. */
export async function growthBetween(
  { database }: Pick<SubscribersContext, 'database'>,
  from: Date,
  to: Date,
): Promise<{ readonly joined: number; readonly left: number }> {
  const [first, end] = [from, to].map((one) => Math.floor(one.getTime() / dayMs)) as [number, number]
  const { joined, left } = sumOf((await readGrowth(database, first)).filter(({ day }) => day < end))
  return { joined, left }
}

function partsOf(rows: readonly GrowthRow[], nameOf: (row: GrowthRow) => string): GrowthPart[] {
  const parts = [...Map.groupBy(rows, nameOf)].map(([name, some]) => ({ name, ...sumOf(some) }))
  return parts.sort((a, b) => b.joined - a.joined || a.name.localeCompare(b.name))
}

function sumOf(rows: readonly GrowthRow[]): { joined: number; left: number; net: number } {
  const joined = rows.reduce((sum, row) => sum + row.joined, 0)
  const left = rows.reduce((sum, row) => sum + row.departed, 0)
  return { joined, left, net: joined - left }
}
