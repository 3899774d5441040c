import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Option } from 'commander'
import { pino } from 'pino'
import type { ArticleProblem, LeftOut } from '../articles/article.ts'
import { readArticles } from '../articles/articles.ts'
import { describeDialects } from '../articles/dialects-in-use.ts'
import { countFiles, describeCounts, type FileCounts, undatedNotice } from '../articles/file-counts.ts'
import { listUnread } from '../articles/files/unread-files.ts'
import { lintHidden } from '../articles/lint-hidden.ts'
import type { Config } from '../config.ts'
import { lintAll } from '../digests/edition/lint.ts'
import { lintNotes } from '../digests/notes/lint-notes.ts'
import { startRenderer } from '../email/renderer.ts'
import type { Queries } from '../platform/database/database.ts'
import { isPostgres, openDatabase } from '../platform/database/open.ts'
import type { Finding } from '../platform/finding.ts'
import { lintLanguages, lintMessages } from '../platform/message-lint.ts'
import { faultOfTemplatesFolder } from '../platform/template-folders.ts'
import type { Publication } from '../publication/publication.ts'
import { publicationFileName, readPublication } from '../publication/read.ts'
import { type AddCommand, configOf } from './context.ts'
import { exampleText } from './example-text.ts'
import { type FindingFormat, findingFormats, formatFindings } from './finding-formats.ts'

export const checkCommand: AddCommand = (program, context, finish) => {
  program
    .command('check')
    .description('check content, publication.yaml and the email templates; exit 1 on errors')
    .option('--json', 'as JSON')
    .option('--strict', 'exit 1 on warnings too')
    .option('--verbose', 'name each file that is not served, and why')
    .addOption(new Option('--format <format>', 'the output format, for people or a CI service').choices(findingFormats).default('text'))
    .addHelpText('after', exampleText('check', 'check --strict --format github'))
    .action(async (options: { json?: true; strict?: true; verbose?: true; format: FindingFormat }) => {
      const format = options.json ? 'json' : options.format
      const { findings, files } = await findAll(configOf(context), context.clock.now(), options.verbose ?? false)
      const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length
      context.say(formatFindings(findings, format, context.folder, files && { files }))
      if (format === 'text') {
        const rest = findings.length - count('error')
        if (files) context.say(`${describeCounts(files)}.\n`)
        context.say(
          count('error') === 0
            ? `No errors.${rest > 0 ? ` Warnings and notices: ${rest}.` : ''}\n`
            : `Errors: ${count('error')}. Warnings and notices: ${rest}.\n`,
        )
      }
      if (count('error') > 0 || (options.strict && count('warning') > 0)) finish(1)
    })
}

interface Checked {
  readonly findings: readonly Finding[]
  /** Undefined if `publication.yaml` cannot be read. */
  readonly files: FileCounts | undefined
}

/** `isVerbose`: with a notice for each file that is not served. */
async function findAll(config: Config, now: Date, isVerbose: boolean): Promise<Checked> {
  const reading = await readPublication(config.contentFolder, config.publicUrl, `http://localhost:${config.port}`)
  const publicationFile = join(config.contentFolder, publicationFileName)
  if (!reading.ok) {
    const findings = reading.problems.map(
      ({ line, field, reason }): Finding => ({ severity: 'error', file: publicationFile, line, field: field || undefined, reason }),
    )
    return { findings, files: undefined }
  }
  const { publication } = reading
  const read = await readArticles(publication, now)
  const { problems, ...snapshot } = read
  const unread = await listUnread(publication)
  const leftOut = [...snapshot.leftOut, ...unread.files]
  await using renderer = startRenderer(config.templatesFolder)
  const findings = problems.map((problem) => toFinding(publication, problem))
  findings.push(...lintHidden(publication, snapshot))
  findings.push(...(await withDatabase(config, (db) => lintNotes(publication, read, now, db))))
  findings.push(...leftOutFindings(publication, leftOut, isVerbose))
  for (const { path, reason } of unread.folders)
    findings.push({ severity: 'notice', file: path, line: undefined, field: undefined, reason })
  for (const { path, reason } of unread.exposed)
    findings.push({ severity: 'warning', file: path, line: undefined, field: undefined, reason })
  const templatesFault = await faultOfTemplatesFolder(config.templatesFolder)
  if (templatesFault === undefined) {
    for (const reason of lintLanguages([publication.language, ...publication.languages], config.templatesFolder))
      findings.push({ severity: 'warning', file: publicationFile, line: undefined, field: 'languages', reason })
  }
  findings.push(...(await lintMessages(config.templatesFolder)))
  if (templatesFault !== undefined)
    findings.push({ severity: 'error', file: undefined, line: undefined, field: undefined, reason: templatesFault })
  for (const reason of config.warnings) findings.push({ severity: 'warning', file: undefined, line: undefined, field: undefined, reason })
  findings.push(...(await lintAll(publication, snapshot, renderer.render, config.templatesFolder, now)))
  if (!reading.isWritten) {
    findings.push({
      severity: 'warning',
      file: publicationFile,
      line: undefined,
      field: undefined,
      reason: 'does not exist, so there are no digests',
    })
  }
  if (publication.articles.dialects === 'auto' && snapshot.dialects.size > 0) {
    findings.push({
      severity: 'notice',
      file: publicationFile,
      line: undefined,
      field: 'articles.dialects',
      reason: `is auto, and finds in use: ${describeDialects(snapshot.dialects)}`,
    })
  }
  const ranks = { error: 0, warning: 1, notice: 2 }
  findings.sort((a, b) => ranks[a.severity] - ranks[b.severity])
  return { findings, files: countFiles(snapshot.bySlug.size + snapshot.mailOnly.length, leftOut) }
}

/**
 * Calls `work` with the database if there is one that can be read: `check` runs without, for instance in a CI service. It creates and
 * changes none.
 */
async function withDatabase<Result>(config: Config, work: (db: Queries | undefined) => Promise<Result>): Promise<Result> {
  const address = config.databaseAddress
  if (!isPostgres(address) && !existsSync(address)) return work(undefined)
  try {
    const database = await openDatabase(address, pino({ level: 'silent' }))
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  } catch {
    // It cannot be reached, or is of an earlier version.
    return work(undefined)
  }
}

function leftOutFindings({ articlesFolder, articles }: Publication, leftOut: readonly LeftOut[], isVerbose: boolean): Finding[] {
  const undated = undatedNotice(leftOut, articles)
  const findings: Finding[] = []
  if (undated !== undefined)
    findings.push({ severity: 'warning', file: articlesFolder, line: undefined, field: undefined, reason: undated })
  if (!isVerbose) return findings
  // Files with errors have findings of their own.
  for (const { path, reason, detail } of leftOut) {
    if (reason !== 'error')
      findings.push({ severity: 'notice', file: join(articlesFolder, path), line: 1, field: undefined, reason: detail })
  }
  return findings
}

function toFinding({ articlesFolder }: Publication, { severity, path, line, field, reason }: ArticleProblem): Finding {
  return { severity, file: join(articlesFolder, path), line: line ?? 1, field, reason }
}
