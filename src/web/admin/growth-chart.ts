import { area, curveStep } from 'd3-shape'
import type { GrowthPeriod } from '../../subscribers/growth/growth.ts'

export const growthWidth = 640
export const growthHeight = 160
const margin = 4

/** Who joined, above a line, and who left, below it: two paths in a box of `growthWidth` by `growthHeight`. */
export interface GrowthChart {
  readonly joined: string
  readonly left: string
  /** Height of the line between them. */
  readonly base: number
}

/** Undefined where nobody joined or left: an empty chart says nothing. */
export function growthChart(periods: readonly GrowthPeriod[]): GrowthChart | undefined {
  const most = Math.max(0, ...periods.map(({ joined }) => joined))
  const least = Math.max(0, ...periods.map(({ left }) => left))
  if (most + least === 0) return undefined
  const perReader = (growthHeight - 2 * margin) / (most + least)
  const base = margin + most * perReader
  // A step needs a place on both sides of its middle.
  const perPeriod = (growthWidth - 2 * margin) / periods.length
  const x = (_: GrowthPeriod, index: number) => margin + (index + 0.5) * perPeriod
  const drawn = (y1: (one: GrowthPeriod) => number) =>
    area<GrowthPeriod>().x(x).y0(base).y1(y1).curve(curveStep).digits(1)([...periods]) ?? ''
  return {
    joined: drawn(({ joined }) => base - joined * perReader),
    left: drawn(({ left }) => base + left * perReader),
    base: Math.round(base * 10) / 10,
  }
}
