import { columnKey } from './column-key.ts'
import type { ColumnDecision } from './decisions.ts'
import { type Field, isStateField, type StateField } from './fields.ts'
import { type KnownFormat, knownFormats, type ListFormat, plainColumns } from './formats.ts'
import { countValues } from './sample.ts'
import { hasKnownStates } from './state-values.ts'
import type { TableRow } from './table.ts'

/** How a column is read, and why. */
export interface MappedColumn {
  readonly column: string
  /** Null: not read. */
  readonly field: Field | null
  /** `option`: `--map` or `--ignore`. `memory`: `--map` of an earlier import. `nothing`: the name is unknown. */
  readonly decidedBy: 'name' | 'option' | 'memory' | 'nothing'
}

/** How a file is read. A dry run shows it before anything is imported. */
export interface Mapping {
  readonly format: ListFormat
  readonly columns: readonly MappedColumn[]
  /** Column index by field: the first of each. */
  readonly index: Partial<Readonly<Record<Field, number>>>
  /** All columns that tell a state. */
  readonly states: readonly { readonly field: StateField; readonly at: number }[]
  /** The state of rows without a status column: Mailchimp exports each state as a separate file. */
  readonly state: 'confirmed' | 'unsubscribed' | 'suppressed'
}

export type Recognition = { readonly ok: true; readonly mapping: Mapping } | { readonly ok: false; readonly reason: string }

/**
 * Recognises the columns of a header. Decisions of the operator come first. The first column of each field counts, except for those that
 * tell a state. The first rows show whether a `State` is a state or a part of an address.
 */
export function recogniseColumns(
  header: readonly string[],
  sample: readonly TableRow[] = [],
  decisions: readonly ColumnDecision[] = [],
): Recognition {
  const keys = header.map(columnKey)
  const found = formatOf(keys, sample)
  const format = found?.format ?? 'plain'
  const decided = new Map(decisions.map((one) => [one.at, one]))
  const index: Partial<Record<Field, number>> = {}
  for (const { at, field } of decisions) if (field !== null) index[field] ??= at
  const columns = header.map((column, at): MappedColumn => {
    const decision = decided.get(at)
    if (decision) return { column, field: decision.field, decidedBy: decision.isRemembered ? 'memory' : 'option' }
    const field = fieldOf(keys[at] ?? '', found)
    if (field === undefined) return { column, field: null, decidedBy: 'nothing' }
    if (field === null) return { column, field, decidedBy: 'name' }
    const isAddress = keys[at] === 'state' && !isStatus(found, sample, at)
    if (isAddress || (index[field] !== undefined && !isStateField(field))) return { column, field: null, decidedBy: 'nothing' }
    index[field] ??= at
    return { column, field, decidedBy: 'name' }
  })
  if (index.email === undefined) {
    const shown = header.slice(0, 12).map((column) => JSON.stringify(column.slice(0, 40)))
    return {
      ok: false,
      reason: `row 1 has no column of email addresses; its columns are ${shown.join(', ')}. Name one of them "email"`,
    }
  }
  const states = columns.flatMap(({ field }, at) => (field !== null && isStateField(field) ? [{ field, at }] : []))
  return { ok: true, mapping: { format, columns, index, states, state: stateOfFile(format, keys) } }
}

function formatOf(keys: readonly string[], sample: readonly TableRow[]): KnownFormat | undefined {
  const has = (name: string) => keys.includes(name)
  const found = knownFormats.find(({ signature }) => signature.every((part) => (typeof part === 'string' ? has(part) : part.some(has))))
  // Kit and an address book may have the same columns.
  const state = keys.indexOf('state')
  return found?.columns.state === 'status' && state >= 0 && !isStatus(found, sample, state) ? undefined : found
}

/** Null: known, and not read. Undefined: unknown. */
function fieldOf(key: string, found: KnownFormat | undefined): Field | null | undefined {
  if (found && Object.hasOwn(found.columns, key)) return found.columns[key]
  return Object.hasOwn(plainColumns, key) ? plainColumns[key] : undefined
}

/** Whether a column called `State` tells the state of a subscription. Without values, only the format can tell. */
function isStatus(found: KnownFormat | undefined, sample: readonly TableRow[], at: number): boolean {
  const values = [...countValues(sample, at).keys()].filter(Boolean)
  return values.length === 0 ? found !== undefined : hasKnownStates(values)
}

/** Mailchimp's export of unsubscribed members has UNSUB_TIME; that of cleaned members has CLEAN_TIME. */
function stateOfFile(format: ListFormat, keys: readonly string[]): Mapping['state'] {
  if (format !== 'mailchimp') return 'confirmed'
  if (keys.includes('clean_time')) return 'suppressed'
  return keys.includes('unsub_time') ? 'unsubscribed' : 'confirmed'
}
