import type { ImportReport } from './report.ts'

/** What came of an import, as the API and the command line tell it; `errors` follow. */
export function importJson(report: ImportReport, isDryRun: boolean) {
  const { mapping } = report
  return {
    dry_run: isDryRun,
    format: mapping.format,
    delimiter: report.delimiter,
    columns: mapping.columns.map(({ column, field }) => ({ column, read_as: field })),
    rows: report.rows,
    taken: report.taken,
    updated: report.updated,
    refused: report.refused,
    resumed_after: report.resumedAfter,
    /** Why the file was not read to its end. */
    fault: report.fault ?? null,
  }
}
