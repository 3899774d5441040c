/** The median; for an even count, the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? (sorted[Math.floor(middle)] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

export interface Row {
  readonly what: string
  readonly measured: string
  readonly wanted: string
  readonly isMet: boolean
}

export function printTable(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`)
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { what, measured, wanted, isMet } of rows) {
    console.log(`  ${what.padEnd(width)}  ${measured.padEnd(46)}  wanted ${wanted.padEnd(20)}  ${isMet ? 'met' : 'NOT MET'}`)
  }
}
