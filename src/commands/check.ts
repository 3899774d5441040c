import { relative } from 'node:path'
import { readArticles } from '../articles/library.ts'
import { isAbout } from '../digests/choose.ts'
import { previewOrder } from '../digests/edition.ts'
import { startPress } from '../letters/press.ts'
import type { Publication } from '../publication/publication.ts'
import { describeProblem, publicationFileName, readPublication } from '../publication/read.ts'
import { type AddCommand, configOf } from './edges.ts'

interface Finding {
  readonly severity: 'error' | 'warning'
  /** `file:line: message`, as compilers and editors know it. */
  readonly text: string
}

export const checkCommand: AddCommand = (program, edges, finish) => {
  program
    .command('check')
    .description('check content, publication.yaml and the email templates; exit 1 on errors')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => {
      const config = configOf(edges)
      const findings: Finding[] = []
      const reading = await readPublication(config.contentFolder, config.publicUrl, `http://localhost:${config.port}`)
      const place = (path: string) => relative(edges.folder, path) || '.'
      if (!reading.ok) {
        findings.push(...reading.problems.map((problem) => error(`${place(config.contentFolder)}/${describeProblem(problem)}`)))
      } else {
        findings.push(...(await checkArticles(reading.publication, edges.clock.now(), place)))
        findings.push(...(await checkTemplates(reading.publication, config.templatesFolder, edges.clock.now())))
        if (!reading.isWritten)
          findings.push({
            severity: 'warning',
            text: `${place(config.contentFolder)}/${publicationFileName}: is not there, so there are no digests`,
          })
        else if (!reading.publication.postalAddress && reading.publication.digests.size > 0) {
          findings.push({
            severity: 'warning',
            text: `${place(config.contentFolder)}/${publicationFileName}: postal_address is missing; many countries ask for it in every digest`,
          })
        }
      }
      const errors = findings.filter((finding) => finding.severity === 'error').length
      if (options.json) edges.say(`${JSON.stringify({ errors, findings })}\n`)
      else {
        for (const { severity, text } of findings) edges.say(`${text}${severity === 'warning' ? ' (warning)' : ''}\n`)
        edges.say(
          errors === 0
            ? `No errors${findings.length > 0 ? `, ${findings.length} to look at` : ''}.\n`
            : `${errors} of ${findings.length} are errors.\n`,
        )
      }
      if (errors > 0) finish(1)
    })
}

async function checkArticles(publication: Publication, now: Date, place: (path: string) => string): Promise<Finding[]> {
  const { problems } = await readArticles(publication, now)
  return problems.map(({ severity, path, line, field, reason }) => {
    const text = field && !reason.startsWith(field) ? `${field} ${reason}` : reason
    return { severity, text: `${place(publication.articlesFolder)}/${path}:${line ?? 1}: ${text}` }
  })
}

/** Renders each digest with the articles it would begin with: a template shows its mistakes when it is used. */
async function checkTemplates(publication: Publication, templatesFolder: string, now: Date): Promise<Finding[]> {
  await using press = startPress(templatesFolder)
  const { articles } = await readArticles(publication, now)
  const findings = new Map<string, Finding>()
  for (const definition of publication.digests.values()) {
    const carried = articles.filter((article) => isAbout(definition, article)).slice(0, definition.maxArticles)
    if (carried.length === 0) continue
    try {
      await press.print(previewOrder(publication, definition, carried, now))
    } catch (problem) {
      const text = (problem as Error).message
      findings.set(text, error(text))
    }
  }
  return [...findings.values()]
}

function error(text: string): Finding {
  return { severity: 'error', text }
}
