import type { Actor } from '../../platform/actor.ts'
import type { Mapping } from './columns.ts'
import type { ColumnRequest } from './decisions.ts'
import type { Remark } from './import-store.ts'
import type { UndecidedColumn } from './undecided.ts'

export interface ImportRequest {
  /** Legal basis of the whole list. It is recorded with every subscription. */
  readonly basis: string
  /** For rows without digests. Required if the publication has more than one. */
  readonly digests: readonly string[]
  /** How to read columns. What `map` says is remembered for this header row, what `ignore` says is not. */
  readonly columns: ColumnRequest
  /** Reports how the file would be read and what would change, and changes nothing. */
  readonly isDryRun: boolean
  /** Starts again instead of continuing an interrupted import of the same file. */
  readonly isAnew: boolean
  /** Pause between two batches, for another process on the same database file. 0 if there is none. */
  readonly pauseMs: number
  /** Who imports it. */
  readonly by: Actor
}

export interface ImportProgress {
  readonly rows: number
  readonly taken: number
  readonly updated: number
  readonly refused: number
}

export interface ImportReport extends ImportProgress {
  readonly id: string
  readonly mapping: Mapping
  readonly delimiter: string
  /** Number of rows that an interrupted import had already processed. */
  readonly resumedAfter: number
  /** Why the rest of the file was not read. Undefined if all of it was. */
  readonly fault: string | undefined
  /** The first remarks of a dry run. After an import, call `remarksOn`. */
  readonly remarks: readonly Remark[]
}

export type Imported =
  | { readonly status: 'done'; readonly report: ImportReport }
  | { readonly status: 'invalid'; readonly field: 'basis' | 'digests' | 'file' | 'map' | 'ignore'; readonly reason: string }
  /** Columns may say "no", and nothing says how to read them. Nothing was written. `rows`: how many were looked at. */
  | { readonly status: 'undecided'; readonly columns: readonly UndecidedColumn[]; readonly rows: number }
  /** Another import is in progress. */
  | { readonly status: 'busy' }
  /** The file begins like one whose import was interrupted, but differs later. */
  | { readonly status: 'differs'; readonly reason: string }

export interface ImportWatch {
  /** Called with the mapping before the first row is read. */
  readonly onMapping: (mapping: Mapping, delimiter: string) => void
  readonly onProgress: (progress: ImportProgress) => void
}
