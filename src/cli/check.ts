import { join } from 'node:path'
import { Option } from 'commander'
import type { ArticleProblem } from '../articles/article.ts'
import { readArticles } from '../articles/articles.ts'
import { lintHidden } from '../articles/lint-hidden.ts'
import type { Config } from '../config.ts'
import { lintAll } from '../digests/edition/lint.ts'
import { startRenderer } from '../email/renderer.ts'
import type { Finding } from '../platform/finding.ts'
import type { Publication } from '../publication/publication.ts'
import { publicationFileName, readPublication } from '../publication/read.ts'
import { type AddCommand, configOf } from './context.ts'
import { type FindingFormat, findingFormats, formatFindings } from './finding-formats.ts'

export const checkCommand: AddCommand = (program, context, finish) => {
  program
    .command('check')
    .description('check content, publication.yaml and the email templates; exit 1 on errors')
    .option('--json', 'as JSON')
    .option('--strict', 'exit 1 on warnings too')
    .addOption(new Option('--format <format>', 'the output format, for people or a CI service').choices(findingFormats).default('text'))
    .action(async (options: { json?: true; strict?: true; format: FindingFormat }) => {
      const format = options.json ? 'json' : options.format
      const findings = await findAll(configOf(context), context.clock.now())
      const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length
      context.say(formatFindings(findings, format, context.folder))
      if (format === 'text') {
        const rest = findings.length - count('error')
        context.say(
          count('error') === 0
            ? `No errors.${rest > 0 ? ` Warnings and notices: ${rest}.` : ''}\n`
            : `Errors: ${count('error')}. Warnings and notices: ${rest}.\n`,
        )
      }
      if (count('error') > 0 || (options.strict && count('warning') > 0)) finish(1)
    })
}

async function findAll(config: Config, now: Date): Promise<Finding[]> {
  const reading = await readPublication(config.contentFolder, config.publicUrl, `http://localhost:${config.port}`)
  const publicationFile = join(config.contentFolder, publicationFileName)
  if (!reading.ok) {
    return reading.problems.map(({ line, field, reason }) => ({
      severity: 'error',
      file: publicationFile,
      line,
      field: field || undefined,
      reason,
    }))
  }
  const { publication } = reading
  const { problems, ...snapshot } = await readArticles(publication, now)
  await using renderer = startRenderer(config.templatesFolder)
  const findings = problems.map((problem) => toFinding(publication, problem))
  findings.push(...lintHidden(publication, snapshot))
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
  const ranks = { error: 0, warning: 1, notice: 2 }
  return findings.sort((a, b) => ranks[a.severity] - ranks[b.severity])
}

function toFinding({ articlesFolder }: Publication, { severity, path, line, field, reason }: ArticleProblem): Finding {
  return { severity, file: join(articlesFolder, path), line: line ?? 1, field, reason }
}
