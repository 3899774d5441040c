import { hash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { newId } from '../../platform/ids.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import type { SubscribersContext } from '../context.ts'
import { type BatchOutcome, dryRunBatch, importBatch } from './batch.ts'
import { BatchOvertaken } from './changes.ts'
import { rememberColumns } from './decision-store.ts'
import type { ColumnDecision } from './decisions.ts'
import {
  analyzeTables,
  finishImport,
  type ImportRecord,
  insertRemarks,
  type Remark,
  readInterruptedImport,
  writeImport,
} from './import-store.ts'
import type { Imported, ImportProgress, ImportRequest } from './report.ts'
import { type RowContext, readImportedRow } from './row.ts'
import type { Table, TableRow } from './table.ts'

/** A transaction takes about ten milliseconds, so other requests do not wait longer. */
const rowsPerBatch = 250
const maxTries = 5
/** Shorter lists do not change query plans. */
const analyzeFromRows = 10_000
const remarksOfDryRun = 1_000

/** How the rows of the list are read. */
type Reading = Omit<RowContext, 'now'>

/** A request with its decisions on the columns of this header. */
interface DecidedRequest extends ImportRequest {
  readonly decisions: readonly ColumnDecision[]
}

/** Reports what an import would do. Writes nothing. */
export async function dryRunImport(
  context: SubscribersContext,
  table: Table,
  reading: Reading,
  onProgress: (progress: ImportProgress) => void,
): Promise<Imported> {
  let progress: ImportProgress = { rows: 0, taken: 0, updated: 0, refused: 0 }
  const remarks: Remark[] = []
  for await (const rows of inBatches(table.rows)) {
    const now = context.clock.now()
    const outcome = await dryRunBatch(context.database, context, readAll(rows, { ...reading, now }), now)
    progress = added(progress, rows.length, outcome)
    remarks.push(...outcome.remarks.slice(0, remarksOfDryRun - remarks.length))
    onProgress(progress)
    await yieldToEventLoop()
  }
  const { fault, remark } = faultOf(table)
  if (remark) remarks.push(remark)
  const report = { ...progress, id: '', mapping: reading.mapping, delimiter: table.delimiter, resumedAfter: 0, fault, remarks }
  return { status: 'done', report: { ...report, refused: report.refused + (remark ? 1 : 0) } }
}

/** Imports a list, from where an interrupted import of the same file stopped. */
export async function runImport(
  context: SubscribersContext,
  table: Table,
  reading: Reading,
  request: DecidedRequest,
  onProgress: (progress: ImportProgress) => void,
): Promise<Imported> {
  const { database } = context
  const terms = { format: reading.mapping.format, basis: reading.basis, digests: reading.defaultDigests }
  await rememberColumns(database, table.header, request.decisions, context.clock.now())
  let record: ImportRecord | undefined
  let read = 0
  const decided = request.decisions.map(({ at, field }) => [at, field])
  // Without decisions, as in earlier versions, so that their interrupted imports continue.
  const readAs = decided.length > 0 ? [table.header, table.delimiter, terms, decided] : [table.header, table.delimiter, terms]
  let rowsHash = hash('sha256', JSON.stringify(readAs), 'base64url')
  let resumedAfter = 0
  for await (const rows of oneAhead(inBatches(table.rows))) {
    rowsHash = hash('sha256', rowsHash + JSON.stringify(rows), 'base64url')
    read += rows.length
    if (!record) {
      const before = request.isAnew ? undefined : await readInterruptedImport(database, rowsHash)
      resumedAfter = before?.rowsRead ?? 0
      record = before ?? newRecord(newId(context.clock, context.random), rowsHash)
    }
    if (read <= resumedAfter) {
      if (read === resumedAfter && rowsHash !== record.rowsHash) return differs(resumedAfter)
      continue
    }
    // The last batch of the interrupted import was smaller, so its file was shorter.
    if (read - rows.length < resumedAfter) return differs(resumedAfter)
    record = await importOneBatch(context, record, rows, rowsHash, { reading, terms })
    onProgress(progressOf(record))
    if (record.rowsRead % 100_000 === 0) context.log.info({ import: record.id, rows: record.rowsRead }, 'importing subscribers')
    await pause(request.pauseMs)
  }
  if (record && read < resumedAfter) return differs(resumedAfter)
  record ??= newRecord(newId(context.clock, context.random), rowsHash)
  const { fault, remark } = faultOf(table)
  if (remark) record = { ...record, refused: record.refused + 1 }
  const last = record
  await database.transaction(async (tx) => {
    await writeImport(tx, last, terms, context.clock.now())
    if (remark) await insertRemarks(tx, last.id, [remark])
    await finishImport(tx, last.id, context.clock.now())
  })
  if (last.rowsRead >= analyzeFromRows) await analyzeTables(database)
  const { id, taken, updated, refused } = last
  context.log.info({ import: id, rows: last.rowsRead, taken, updated, refused }, 'subscribers were imported')
  const { mapping, delimiter } = reading
  return { status: 'done', report: { ...progressOf(last), id, mapping, delimiter, resumedAfter, fault, remarks: [] } }
}

/** Writes one batch and its progress together. Decides again if another process wrote one of its addresses first. */
async function importOneBatch(
  context: SubscribersContext,
  record: ImportRecord,
  rows: readonly TableRow[],
  rowsHash: string,
  { reading, terms }: { reading: Reading; terms: Parameters<typeof writeImport>[2] },
): Promise<ImportRecord> {
  for (let tries = 1; ; tries++) {
    const now = context.clock.now()
    const readings = readAll(rows, { ...reading, now })
    await yieldToEventLoop()
    try {
      return await context.database.transaction(async (tx) => {
        const outcome = await importBatch(tx, context, readings, now)
        const progress = added({ ...record, rows: record.rowsRead }, rows.length, outcome)
        const { taken, updated, refused } = progress
        const next = { id: record.id, key: record.key, rowsRead: progress.rows, rowsHash, taken, updated, refused }
        await writeImport(tx, next, terms, now)
        await insertRemarks(tx, record.id, outcome.remarks)
        return next
      })
    } catch (error) {
      if (tries >= maxTries || !(error instanceof BatchOvertaken || isOrphaned(error))) throw error
    }
  }
}

/** foreign_key_violation: a subscriber was erased between the read and the write. */
function isOrphaned(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23503'
}

function readAll(rows: readonly TableRow[], context: RowContext) {
  return rows.map((row) => readImportedRow(row, context))
}

/** Batches have a fixed size, whatever the chunks of the file, so that a resumed import gets the same batches. */
async function* inBatches(rows: AsyncIterable<readonly TableRow[]>): AsyncGenerator<readonly TableRow[]> {
  let waiting: TableRow[] = []
  for await (const some of rows) {
    waiting.push(...some)
    let start = 0
    for (; waiting.length - start >= rowsPerBatch; start += rowsPerBatch) yield waiting.slice(start, start + rowsPerBatch)
    waiting = waiting.slice(start)
  }
  if (waiting.length > 0) yield waiting
}

/** Reads the next batch from the file while the database writes the current one. */
async function* oneAhead<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  for (let next = items.next(); ; ) {
    const { done, value } = await next
    if (done) return
    next = items.next()
    // Avoids an unhandled rejection until it is awaited.
    next.catch(() => {})
    yield value
  }
}

function faultOf(table: Table): { readonly fault: string | undefined; readonly remark: Remark | undefined } {
  const fault = table.fault()
  if (!fault) return { fault: undefined, remark: undefined }
  const more = fault.lines !== undefined && fault.lines > 1 ? `; ${fault.lines} lines were not read` : ''
  const remark = { row: fault.number, email: '', reason: `${fault.reason}${more}` }
  return { remark, fault: fault.lines === 1 ? undefined : `row ${fault.number}: ${remark.reason}` }
}

function added(progress: ImportProgress, rows: number, outcome: BatchOutcome): ImportProgress {
  return {
    rows: progress.rows + rows,
    taken: progress.taken + outcome.taken,
    updated: progress.updated + outcome.updated,
    refused: progress.refused + outcome.refused,
  }
}

function newRecord(id: string, key: string): ImportRecord {
  return { id, key, rowsRead: 0, rowsHash: '', taken: 0, updated: 0, refused: 0 }
}

function progressOf({ rowsRead, taken, updated, refused }: ImportRecord): ImportProgress {
  return { rows: rowsRead, taken, updated, refused }
}

function differs(rows: number): Imported {
  const reason = `this file begins like one whose import was interrupted after ${rows} rows, but differs before that row; start again`
  return { status: 'differs', reason }
}

/** Lets other processes on the same file write. */
async function pause(pauseMs: number): Promise<void> {
  if (pauseMs > 0) await setTimeout(pauseMs)
  else await yieldToEventLoop()
}
