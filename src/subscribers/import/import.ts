import type { SubscribersContext } from '../context.ts'
import { type Mapping, recogniseColumns } from './columns.ts'
import { readRememberedColumns } from './decision-store.ts'
import { type ColumnDecision, type ColumnRequest, readDecisions } from './decisions.ts'
import type { Field } from './fields.ts'
import { deleteRemarks, type Remark, readRemarks } from './import-store.ts'
import type { Imported, ImportRequest, ImportWatch } from './report.ts'
import { type DayOrder, dayOrderOf } from './row-instants.ts'
import { dryRunImport, runImport } from './runs.ts'
import { sampleTable } from './sample.ts'
import { openTable, type Table, type TableRow } from './table.ts'
import { columnsToWatch, findUndecided, type UndecidedColumn } from './undecided.ts'

export type { Remark } from './import-store.ts'

/** Legal bases for mail to the people on the list (GDPR, article 6.1 a, b and f). */
export const bases = ['consent', 'contract', 'legitimate_interest'] as const

const unwatched: ImportWatch = { onMapping: () => {}, onProgress: () => {} }

const remarksPerPage = 1_000

/**
 * Imports a CSV list of a known program (`formats.ts`) or a spreadsheet. Each batch and its progress are written in one transaction, so
 * an interrupted import continues when it gets the same file again. Unsubscribes and suppressions, here or in the file, are never lost:
 * a column that may tell one, and that is not understood, stops the import before anything is written.
 */
export async function importSubscribers(
  context: SubscribersContext,
  bytes: AsyncIterable<Uint8Array>,
  request: ImportRequest,
  { onMapping, onProgress }: ImportWatch = unwatched,
): Promise<Imported> {
  const { digests: offered, topics } = context.publication()
  if (!bases.some((basis) => basis === request.basis)) return invalid('basis', `must be a legal basis: ${bases.join(', ')}`)
  const unknown = request.digests.find((name) => !offered.has(name))
  if (unknown !== undefined) return invalid('digests', `unknown digest: ${unknown}; known digests: ${[...offered.keys()].join(', ')}`)
  const inspection = await inspectColumns(context, bytes, request.columns)
  if (inspection.status === 'invalid') return inspection
  const { mapping, undecided, decisions, sample, table } = inspection
  const { delimiter } = table
  if (undecided.length > 0) return { status: 'undecided', columns: undecided, rows: sample.length }
  const defaultDigests = request.digests.length > 0 ? request.digests : offered.size === 1 ? [...offered.keys()] : []
  if (defaultDigests.length === 0 && mapping.index.digests === undefined)
    return invalid('digests', `the file has no column "digests": choose from ${[...offered.keys()].join(', ')}`)

  const reading = {
    mapping,
    delimiter,
    dayOrders: dayOrdersOf(mapping, sample),
    watched: columnsToWatch(mapping),
    digests: new Set(offered.keys()),
    topics: new Set(topics.keys()),
    defaultDigests: [...new Set(defaultDigests)].sort(),
    basis: request.basis,
  }
  onMapping(mapping, delimiter)
  if (request.isDryRun) return dryRunImport(context, table, reading, onProgress)
  const lock = await context.database.lock('import')
  if (!lock) return { status: 'busy' }
  try {
    const { by, basis, digests } = request
    const entry = { action: 'subscribers.import', subject: null, by, details: { basis, digests: digests.join(' ') } }
    // It is recorded that it began: an import is many transactions, and one that stops may have changed much.
    await context.database.transaction((tx) => context.recordAudit(tx, entry))
    return await runImport(context, table, reading, { ...request, decisions }, onProgress)
  } finally {
    await lock.release()
  }
}

export interface ColumnInspection {
  readonly status: 'read'
  readonly mapping: Mapping
  readonly undecided: readonly UndecidedColumn[]
  readonly decisions: readonly ColumnDecision[]
  /** The first rows. */
  readonly sample: readonly TableRow[]
  /** The table with all of its rows. */
  readonly table: Table
}

/** How the columns of a list would be read. Reads the first rows, and changes nothing. */
export async function inspectColumns(
  context: SubscribersContext,
  bytes: AsyncIterable<Uint8Array>,
  columns: ColumnRequest,
): Promise<ColumnInspection | Extract<Imported, { status: 'invalid' }>> {
  const opening = await openTable(bytes)
  if (!opening.ok) return invalid('file', opening.reason)
  const { header } = opening.table
  const decided = readDecisions(header, columns, await readRememberedColumns(context.database, header))
  if (!decided.ok) return invalid(decided.option, decided.reason)
  const { decisions } = decided
  const { sample, table } = await sampleTable(opening.table)
  const recognition = recogniseColumns(header, sample, decisions)
  if (!recognition.ok) return invalid('file', recognition.reason)
  const { mapping } = recognition
  return { status: 'read', mapping, undecided: findUndecided(mapping, sample), decisions, sample, table }
}

/** The remarks of an import, in the request of the file. */
export async function* remarksOn(context: SubscribersContext, importId: string): AsyncGenerator<readonly Remark[]> {
  for (let after = 0; ; ) {
    const page = await readRemarks(context.database, importId, after, remarksPerPage)
    if (page.length > 0) yield page
    if (page.length < remarksPerPage) return
    after = page.at(-1)?.row ?? 0
  }
}

/** Call after the remarks were shown: they contain addresses that may not belong to any subscriber. */
export async function deleteRemarksOf(context: SubscribersContext, importId: string): Promise<void> {
  await deleteRemarks(context.database, importId)
}

const instantFields = ['requested_at', 'confirmed_at', 'unsubscribed_at', 'paused_until'] as const satisfies readonly Field[]

function dayOrdersOf({ index }: Mapping, sample: readonly TableRow[]): Partial<Record<Field, DayOrder>> {
  const orders: Partial<Record<Field, DayOrder>> = {}
  for (const field of instantFields) {
    const at = index[field]
    const order = at === undefined ? undefined : dayOrderOf(sample, at)
    if (order) orders[field] = order
  }
  return orders
}

function invalid(field: 'basis' | 'digests' | 'file' | 'map' | 'ignore', reason: string): Extract<Imported, { status: 'invalid' }> {
  return { status: 'invalid', field, reason }
}
