import { z } from 'zod'
import { count, type Json } from '../../platform/json-shape.ts'
import type { ImportReport } from './report.ts'

const columns = z.array(z.object({ column: z.string(), read_as: z.string().nullable() }))

const reportShape = z.object({
  dry_run: z.boolean(),
  format: z.string(),
  delimiter: z.string(),
  columns: columns.describe('How each column was read'),
  remembered: columns.describe('Those that were read as an earlier import of the same header said'),
  rows: count,
  taken: count,
  updated: count,
  refused: count,
  resumed_after: count.describe('Rows that an interrupted import had already processed'),
  fault: z.string().nullable().describe('Why the rest of the file was not read'),
})
export const importShape = reportShape.extend({
  errors: z.array(z.object({ row: z.int(), email: z.string(), reason: z.string() })).describe('Rows that were not taken as they stand'),
})

/** The result of an import, for the API and the command line. The caller appends `errors`. */
export function importJson(report: ImportReport, isDryRun: boolean): Json<typeof reportShape> {
  const { mapping } = report
  return {
    dry_run: isDryRun,
    format: mapping.format,
    delimiter: report.delimiter,
    columns: mapping.columns.map(({ column, field }) => ({ column, read_as: field })),
    remembered: mapping.columns.filter(({ decidedBy }) => decidedBy === 'memory').map(({ column, field }) => ({ column, read_as: field })),
    rows: report.rows,
    taken: report.taken,
    updated: report.updated,
    refused: report.refused,
    resumed_after: report.resumedAfter,
    fault: report.fault ?? null,
  }
}
