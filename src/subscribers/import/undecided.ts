import { columnKey } from './column-key.ts'
import type { MappedColumn, Mapping } from './columns.ts'
import { consentWordingOf, isProofOfOptIn, isTimeOrAddress, likelyField, type ValueKind } from './consent-words.ts'
import { mapNameOf } from './fields.ts'
import { countValues, sampleRows } from './sample.ts'
import { hasKnownStates, isYesNo } from './state-values.ts'
import type { TableRow } from './table.ts'

/** A column that may say "no", and that nobody told us how to read. */
export interface UndecidedColumn {
  readonly column: string
  /** Its values in the first rows, the most frequent first. An empty cell is the value ''. */
  readonly values: readonly { readonly value: string; readonly rows: number }[]
  /** The field that `--map` most likely needs. */
  readonly likelyField: string
}

/** The columns that must be mapped or ignored before anything is imported. */
export function findUndecided({ columns }: Mapping, sample: readonly TableRow[]): UndecidedColumn[] {
  const undecided = new Map<string, UndecidedColumn>()
  columns.forEach((column, at) => {
    const found = decidedBefore(column, undecided) ? undefined : undecidedAt(column, countValues(sample, at))
    if (found) undecided.set(column.column, found)
  })
  return [...undecided.values()]
}

/** Columns of one name get one decision. */
function decidedBefore({ column }: MappedColumn, undecided: ReadonlyMap<string, UndecidedColumn>): boolean {
  return undecided.has(column)
}

function undecidedAt({ column, decidedBy }: MappedColumn, counts: ReadonlyMap<string, number>): UndecidedColumn | undefined {
  if (decidedBy !== 'nothing') return undefined
  const key = columnKey(column)
  const wording = consentWordingOf(key)
  if (!wording) return undefined
  const filled = [...counts.keys()].filter(Boolean)
  const hasStates = hasKnownStates(filled)
  if (wording === 'state' ? !hasStates : isProofOfOptIn(key, filled)) return undefined
  const kind: ValueKind = hasStates && !isYesNo(filled) ? 'states' : filled.length > 0 && filled.every(isTimeOrAddress) ? 'times' : 'other'
  const values = [...counts].map(([value, rows]) => ({ value, rows })).sort((a, b) => b.rows - a.rows)
  return { column, values, likelyField: mapNameOf(likelyField(key, kind)) }
}

/** Columns whose names are words of state and whose first values are none. Later rows are watched for a "no". */
export function columnsToWatch({ columns }: Mapping): readonly number[] {
  return columns.flatMap(({ column, decidedBy }, at) =>
    decidedBy === 'nothing' && consentWordingOf(columnKey(column)) === 'state' ? [at] : [],
  )
}

const shownValues = 6
const shownLength = 40

/** The values of a column in words: `"1" (12 rows), empty (3 rows)`. */
export function describeValues({ values }: UndecidedColumn): string {
  if (values.length === 0) return 'no rows'
  const shown = values.slice(0, shownValues).map(({ value, rows }) => {
    const cut = value.length > shownLength ? `${value.slice(0, shownLength)}…` : value
    return `${value === '' ? 'empty' : JSON.stringify(cut)} (${rows} ${rows === 1 ? 'row' : 'rows'})`
  })
  return values.length > shownValues ? `${shown.join(', ')} and ${values.length - shownValues} other values` : shown.join(', ')
}

/** Why the import stops, without the way out, which the command line and the API word differently. */
export function describeStop(undecided: readonly UndecidedColumn[], rows: number): string {
  const names = undecided.map(({ column }) => JSON.stringify(column)).join(', ')
  const seen = rows >= sampleRows ? ` (values of the first ${sampleRows} rows)` : ''
  const one = undecided.length === 1
  return `${one ? 'a column may' : `${undecided.length} columns may`} say who must get no mail, and nothing says how to read ${one ? 'it' : 'them'}: ${names}${seen}; nothing was imported`
}
