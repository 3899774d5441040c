import { columnKey } from './column-key.ts'
import { type Field, fieldCalled, isStateField, mapFieldNames } from './fields.ts'

/** What the operator says about columns: `COLUMN=field` of `--map`, and names of `--ignore`. */
export interface ColumnRequest {
  readonly map: readonly string[]
  readonly ignore: readonly string[]
}

/** The decision on one column of a header. */
export interface ColumnDecision {
  readonly at: number
  /** Null: ignored. */
  readonly field: Field | null
  /** Decided in an earlier import of the same header. */
  readonly isRemembered: boolean
}

export interface RememberedColumn {
  readonly at: number
  readonly field: Field
}

export type DecisionReading =
  | { readonly ok: true; readonly decisions: readonly ColumnDecision[] }
  | { readonly ok: false; readonly option: 'map' | 'ignore'; readonly reason: string }

/** Reads the options against the header. Remembered decisions count for columns that no option names. */
export function readDecisions(
  header: readonly string[],
  { map, ignore }: ColumnRequest,
  remembered: readonly RememberedColumn[],
): DecisionReading {
  const decided = new Map<number, Field | null>()
  for (const text of map) {
    const reading = readMap(header, text)
    if (typeof reading === 'string') return { ok: false, option: 'map', reason: reading }
    for (const at of reading.columns) {
      const before = decided.get(at)
      if (before !== undefined && before !== reading.field)
        return { ok: false, option: 'map', reason: `${JSON.stringify(header[at])} is mapped to two fields` }
      decided.set(at, reading.field)
    }
  }
  for (const text of ignore) {
    const columns = columnsCalled(header, text)
    if (columns.length === 0) return { ok: false, option: 'ignore', reason: unknownColumn(header, text) }
    if (columns.some((at) => decided.get(at)))
      return { ok: false, option: 'ignore', reason: `${JSON.stringify(text)} is mapped and ignored: choose one` }
    for (const at of columns) decided.set(at, null)
  }
  const twice = fieldOfTwoNames(header, decided)
  if (twice) return { ok: false, option: 'map', reason: twice }
  const taken = new Set<Field | null>([...decided.values()].filter((field) => field !== null && !isStateField(field)))
  const kept = remembered.filter(({ at, field }) => at < header.length && !decided.has(at) && !taken.has(field))
  const given = [...decided].map(([at, field]) => ({ at, field, isRemembered: false }))
  return { ok: true, decisions: [...given, ...kept.map((one) => ({ ...one, isRemembered: true }))].sort((a, b) => a.at - b.at) }
}

/** A column name may contain `=`; a field does not. */
function readMap(header: readonly string[], text: string): { readonly columns: readonly number[]; readonly field: Field } | string {
  const cut = text.lastIndexOf('=')
  if (cut < 1) return `write it as COLUMN=field, such as "Opt out=opted_out"; fields: ${mapFieldNames.join(', ')}`
  const column = text.slice(0, cut)
  const field = fieldCalled(text.slice(cut + 1))
  if (!field) return `unknown field: ${text.slice(cut + 1, cut + 61)}; fields: ${mapFieldNames.join(', ')}`
  const columns = columnsCalled(header, column)
  return columns.length === 0 ? unknownColumn(header, column) : { columns, field }
}

/** All columns of that name. Without one, all columns whose names differ only in case, accents, or how words are joined. */
function columnsCalled(header: readonly string[], name: string): number[] {
  const at = (matches: (column: string) => boolean) => header.flatMap((column, index) => (matches(column) ? [index] : []))
  const exact = at((column) => column === name.trim())
  const key = columnKey(name)
  return exact.length > 0 || key === '' ? exact : at((column) => columnKey(column) === key)
}

function unknownColumn(header: readonly string[], name: string): string {
  const shown = header.slice(0, 12).map((column) => JSON.stringify(column.slice(0, 40)))
  return `the file has no column ${JSON.stringify(name.slice(0, 60))}; its columns are ${shown.join(', ')}`
}

function fieldOfTwoNames(header: readonly string[], decided: ReadonlyMap<number, Field | null>): string | undefined {
  const names = new Map<Field, string>()
  for (const [at, field] of decided) {
    if (field === null || isStateField(field)) continue
    const name = header[at] ?? ''
    const before = names.get(field)
    if (before !== undefined && before !== name) return `${JSON.stringify(before)} and ${JSON.stringify(name)} are both mapped to ${field}`
    names.set(field, name)
  }
  return undefined
}
