import { createReadStream, createWriteStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import type { App } from '../app/rest.ts'
import { byCommandLine } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import { guard } from '../subscribers/export/guarded-cells.ts'
import type { Mapping } from '../subscribers/import/columns.ts'
import { mapFieldNames } from '../subscribers/import/fields.ts'
import { bases, deleteRemarksOf, importSubscribers, remarksOn } from '../subscribers/import/import.ts'
import { importJson } from '../subscribers/import/import-json.ts'
import type { ImportReport } from '../subscribers/import/report.ts'
import { describeStop, describeValues, type UndecidedColumn } from '../subscribers/import/undecided.ts'
import { namesIn } from '../subscribers/names.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { startProgress } from './progress.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

interface ImportOptions {
  readonly basis?: string
  readonly digests?: string
  readonly dryRun?: true
  readonly anew?: true
  readonly report?: string
  readonly map?: readonly string[]
  readonly ignore?: readonly string[]
  readonly json?: true
}

/** Pause between batches on SQLite, so that a running server can write. PostgreSQL needs none. */
const pauseMs = 2
/** The report file lists all of them. */
const shownRemarks = 20

export const subscribersImportCommand: AddCommand = (program, context, finish) => {
  subscribersProgram(program)
    .command('import <file>')
    .description(
      'import a list: CSV of Mailchimp, Substack, Ghost, Buttondown, Kit, listmonk, phpList, HubSpot, Brevo, MailPoet, Shopify, or your own',
    )
    .option('--basis <ground>', `on what ground they get mail: one of ${bases.join(', ')}`)
    .option('--digests <names>', 'for rows that name no digest, separated by commas')
    .option(
      '--map <mapping>',
      `COLUMN=field: read a column as a field, also in later imports of this header: ${mapFieldNames.join(', ')}`,
      repeated,
    )
    .option('--ignore <column>', 'do not read a column, in this import only', repeated)
    .option('--dry-run', 'print how the file would be read and what would be imported; change nothing')
    .option('--report <file>', 'write every row that was not imported, with the reason, as CSV')
    .option('--anew', 'start at the first row, even if an import of this file was interrupted')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('subscribers import list.csv --basis consent --digests weekly --dry-run'))
    .action(async (name: string, options: ImportOptions) => {
      if (!bases.some((basis) => basis === options.basis))
        throw new Misuse([`--basis: on what ground do these people get mail? One of ${bases.join(', ')}; it is recorded with each of them`])
      const file = resolve(context.folder, name)
      const found = await stat(file)
      if (!found.isFile()) throw new StartFailure([`${name} is not a file`])
      // Fail before the import if the report cannot be written.
      if (options.report !== undefined) await writeFile(resolve(context.folder, options.report), '', { mode: 0o600 })
      await withApp(context, async (app) => finish(await importFile(context, app, { file, size: found.size }, options)))
    })
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function importFile(
  context: CommandContext,
  app: App,
  source: { file: string; size: number },
  options: ImportOptions,
): Promise<number> {
  const progress = startProgress(context, source.size)
  const isDryRun = options.dryRun === true
  const imported = await importSubscribers(
    app.subscribers,
    progress.counted(createReadStream(source.file)),
    {
      basis: options.basis ?? '',
      digests: namesIn(options.digests ?? ''),
      columns: { map: options.map ?? [], ignore: options.ignore ?? [] },
      isDryRun,
      isAnew: options.anew === true,
      by: byCommandLine,
      pauseMs: app.database.engine === 'sqlite' ? pauseMs : 0,
    },
    { onMapping: options.json ? () => {} : (mapping, delimiter) => printMapping(context, mapping, delimiter), onProgress: progress.show },
  )
  progress.end()
  switch (imported.status) {
    case 'invalid':
      throw new StartFailure([`${imported.field === 'file' ? source.file : `--${imported.field}`}: ${imported.reason}`])
    case 'undecided':
      throw new StartFailure(stopLines(source.file, imported.columns, imported.rows))
    case 'busy':
      throw new StartFailure(['another import is running'])
    case 'differs':
      throw new StartFailure([`${imported.reason} (--anew)`])
    case 'done':
      await printReport(context, app, imported.report, options)
      return imported.report.fault === undefined ? 0 : 1
  }
}

/** Names every column, its values, and the options to add. */
function stopLines(file: string, columns: readonly UndecidedColumn[], rows: number): string[] {
  return [
    `${file}: ${describeStop(columns, rows)}. Say for each how to read it:`,
    ...columns.map((one) => {
      const options = `--map ${shellWord(`${one.column}=${one.likelyField}`)}, or --ignore ${shellWord(one.column)}`
      return `${JSON.stringify(one.column)} has the values ${describeValues(one)}: add ${options}`
    }),
    `fields for --map: ${mapFieldNames.join(', ')}`,
  ]
}

/** In double quotes, as POSIX shells read them. */
function shellWord(text: string): string {
  return `"${text.replace(/["$`\\]/g, '\\$&')}"`
}

async function printReport(context: CommandContext, app: App, report: ImportReport, options: ImportOptions): Promise<void> {
  const isDryRun = options.dryRun === true
  const pages = () => (isDryRun ? Readable.from([report.remarks]) : remarksOn(app.subscribers, report.id))
  if (options.report !== undefined) {
    await pipeline(reportLines(pages()), createWriteStream(resolve(context.folder, options.report), { mode: 0o600 }))
  }
  if (options.json) {
    context.say(`${JSON.stringify(importJson(report, isDryRun)).slice(0, -1)},"errors":[`)
    let separator = ''
    for await (const page of pages()) {
      for (const remark of page) {
        context.say(separator + JSON.stringify(remark))
        separator = ','
      }
    }
    context.say(']}\n')
  } else await printSummary(context, report, options, pages())
  if (!isDryRun) await deleteRemarksOf(app.subscribers, report.id)
}

function printMapping(context: CommandContext, { format, columns, state }: Mapping, delimiter: string): void {
  context.say(
    `Read as ${format === 'plain' ? 'a plain list' : `an export of ${format}`}, cells separated by ${JSON.stringify(delimiter)}:\n`,
  )
  for (const { column, field, decidedBy } of columns) {
    const why = decidedBy === 'memory' ? ' (remembered from --map in an earlier import)' : decidedBy === 'option' ? ' (as you say)' : ''
    context.say(`  ${column || '(no name)'} → ${field ?? 'ignored'}${why}\n`)
  }
  if (state !== 'confirmed') context.say(`  every row is imported as ${state}, the state that this export implies\n`)
}

async function printSummary(
  context: CommandContext,
  report: ImportReport,
  options: ImportOptions,
  pages: AsyncIterable<readonly { row: number; email: string; reason: string }[]>,
): Promise<void> {
  const resumed = report.resumedAfter > 0 ? ` (${report.resumedAfter} of them before it was interrupted)` : ''
  const { rows, taken, updated, refused } = report
  context.say(
    options.dryRun
      ? `${rows} rows: would import ${taken} and refuse ${refused}; already known: ${updated}\n`
      : `${rows} rows${resumed}: ${taken} imported, ${updated} already known, ${refused} refused\n`,
  )
  if (report.fault !== undefined) context.complain(`broadsheet: the import stopped early: ${report.fault}\n`)
  let left = shownRemarks
  for await (const page of pages) {
    for (const { row, email, reason } of page.slice(0, left)) context.say(`  row ${row}: ${email === '' ? '' : `${email} `}${reason}\n`)
    left -= page.length
    if (left < 0) break
  }
  if (left >= 0) return
  context.say(options.report === undefined ? '  and more: --report FILE lists them all\n' : `  and more: all are in ${options.report}\n`)
}

async function* reportLines(pages: AsyncIterable<readonly { row: number; email: string; reason: string }[]>): AsyncGenerator<string> {
  yield 'row,email,reason\r\n'
  for await (const page of pages) {
    yield stringify(
      page.map(({ row, email, reason }) => [row, guard(email), guard(reason)]),
      { record_delimiter: 'windows' },
    )
  }
}
