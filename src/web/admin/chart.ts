import { area, line } from 'd3-shape'

/** A count on one day, such as `2026-11-30`. */
export interface DayCount {
  readonly day: string
  readonly readers: number
}

/** A small line chart without axes: two paths in a box of `chartWidth` by `chartHeight`. */
export interface Chart {
  readonly line: string
  readonly area: string
}

export const chartWidth = 360
export const chartHeight = 72
/** Keeps the stroke inside the box. */
const margin = 3
const dayMs = 86_400_000
/** A change below this share of the count must not look like a cliff. */
const leastShare = 0.1

/**
 * Draws counts over the days from `first` to `last`. The scale spans the counts, and at least a tenth of the largest: a line from zero
 * would hide that 38 of 4,213 are new. Undefined for fewer than two days.
 */
export function chartOf(counts: readonly DayCount[], first: string, last: string): Chart | undefined {
  if (counts.length < 2) return undefined
  const values = counts.map(({ readers }) => readers)
  const largest = Math.max(...values)
  const span = Math.max(largest - Math.min(...values), largest * leastShare, 1)
  const lowest = Math.max(0, Math.min(...values) - (span - (largest - Math.min(...values))) / 2)
  const days = Math.max(1, daysBetween(first, last))
  const x = ({ day }: DayCount) => margin + (daysBetween(first, day) / days) * (chartWidth - 2 * margin)
  const y = ({ readers }: DayCount) => chartHeight - margin - ((readers - lowest) / span) * (chartHeight - 2 * margin)
  const points = [...counts]
  return {
    line: line<DayCount>().x(x).y(y).digits(1)(points) ?? '',
    area: area<DayCount>().x(x).y0(chartHeight).y1(y).digits(1)(points) ?? '',
  }
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / dayMs
}
