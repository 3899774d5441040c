import type { Mapping } from './columns.ts'
import type { Remark } from './import-store.ts'

export interface ImportOrder {
  /** What the operator says of the whole list; it is recorded with every subscription. */
  readonly basis: string
  /** For rows that name none; needed where the publication has more than one. */
  readonly digests: readonly string[]
  /** Says how the file would be read and what would come of it, and changes nothing. */
  readonly isDryRun: boolean
  /** Begins anew where the same file was interrupted before. */
  readonly isAnew: boolean
  /** Between two batches, for another process at the same database file; 0 where there is none. */
  readonly pauseMs: number
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
  /** Rows that an interrupted import had done already. */
  readonly resumedAfter: number
  /** Why the file was not read to its end; undefined where it was. */
  readonly fault: string | undefined
  /** Of a dry run, its first remarks; else ask `remarksOn`. */
  readonly remarks: readonly Remark[]
}

export type Imported =
  | { readonly status: 'done'; readonly report: ImportReport }
  | { readonly status: 'invalid'; readonly field: 'basis' | 'digests' | 'file'; readonly reason: string }
  /** Another import is under way. */
  | { readonly status: 'busy' }
  /** The file begins as one whose import was interrupted, and goes on differently. */
  | { readonly status: 'differs'; readonly reason: string }

export interface ImportWatch {
  /** How the file is read, before the first row is. */
  readonly onMapping: (mapping: Mapping, delimiter: string) => void
  readonly onProgress: (progress: ImportProgress) => void
}
