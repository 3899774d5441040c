import type { ImportReport } from './report.ts'

/** The result of an import, for the API and the command line. The caller appends `errors`. */
export function importJson(report: ImportReport, isDryRun: boolean) {
  const { mapping } = report
  return {
    dry_run: isDryRun,
    format: mapping.format,
    delimiter: report.delimiter,
    columns: mapping.columns.map(({ column, field }) => ({ column, read_as: field })),
    /** Columns that are read as an earlier import of the same header said (`--map`). */
    remembered: mapping.columns.filter(({ decidedBy }) => decidedBy === 'memory').map(({ column, field }) => ({ column, read_as: field })),
    rows: report.rows,
    taken: report.taken,
    updated: report.updated,
    refused: report.refused,
    resumed_after: report.resumedAfter,
    /** Why the rest of the file was not read. */
    fault: report.fault ?? null,
  }
}
