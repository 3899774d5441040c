import { join, resolve } from 'node:path'
import type { Article } from '../../articles/article.ts'
import { lintArticles, placeOfField, type SnapshotToLint } from '../../articles/lint.ts'
import { lintTopics } from '../../articles/lint-topics.ts'
import type { Email, EmailRequest } from '../../email/email.ts'
import { type EmailToLint, lintEmail } from '../../email/lint.ts'
import type { Finding } from '../../platform/finding.ts'
import { faultOfAddress } from '../../platform/url-rules.ts'
import { contrast, darkPaper, lightPaper } from '../../publication/colours.ts'
import type { DigestDefinition, Publication } from '../../publication/publication.ts'
import { linesOfSettings, publicationFileName } from '../../publication/read.ts'
import { warningOfSchedule } from '../../publication/schedule.ts'
import { newestFor } from '../issue/choose-articles.ts'
import { previewRequest } from './edition.ts'
import { bytesAsSent } from './fit-size-limit.ts'

/** A rendered issue with its articles. */
export interface RenderedIssue {
  readonly articles: readonly Article[]
  readonly email: Email
  /** Size of the whole message as sent. */
  readonly bytes: number
  readonly template: string
}

/** Checks the settings, the articles and the email of an issue. */
export async function lintRenderedIssue(
  publication: Publication,
  snapshot: SnapshotToLint,
  definition: DigestDefinition,
  { articles, email, bytes, template }: RenderedIssue,
  templatesFolder: string,
): Promise<Finding[]> {
  return [
    ...(await lintPublication(publication)),
    ...(await lintArticles(publication, snapshot, articles)),
    ...(await lintIssue(publication, definition, articles, { email, bytes, template, templatesFolder, publication })),
  ]
}

/** Findings about the subject point to the `subject` setting, or else to the title of the first article. */
async function lintIssue(
  publication: Publication,
  definition: DigestDefinition,
  [lead]: readonly Article[],
  email: EmailToLint,
): Promise<Finding[]> {
  const findings = await lintEmail(email)
  return Promise.all(
    findings.map(async (finding) => {
      if (finding.field !== 'subject') return finding
      const setting = `digests.${definition.name}.subject`
      if (definition.subject !== undefined) return ofSetting(publication, finding.severity, setting, finding.reason)
      return lead ? { ...finding, ...(await placeOfField(publication, lead, 'title')) } : finding
    }),
  )
}

/**
 * Checks a whole folder: settings, topics, all articles, and each digest with its newest articles. A template that cannot be
 * rendered is an error. With `articles`, of all articles only these are read.
 */
export async function lintAll(
  publication: Publication,
  snapshot: SnapshotToLint,
  render: (request: EmailRequest) => Promise<Email>,
  templatesFolder: string,
  now: Date,
  articles: readonly Article[] = [...snapshot.bySlug.values(), ...snapshot.mailOnly],
): Promise<Finding[]> {
  const findings = [
    ...(await lintPublication(publication)),
    ...(await lintTopics(publication, snapshot.articles)),
    ...(await lintArticles(publication, snapshot, articles)),
  ]
  for (const definition of publication.digests.values()) {
    const carried = newestFor(definition, snapshot.inMail)
    if (carried.length === 0) {
      const field = `digests.${definition.name}`
      findings.push(await ofSetting(publication, 'warning', field, 'has nothing to send: no published article has its topics'))
      continue
    }
    try {
      const request = previewRequest(publication, definition, carried, now)
      const email = await render(request)
      const bytes = await bytesAsSent(email)
      const toLint = { email, bytes, template: request.template, templatesFolder, publication }
      findings.push(...(await lintIssue(publication, definition, carried, toLint)))
    } catch (problem) {
      findings.push(ofTemplate((problem as Error).message, templatesFolder))
    }
  }
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

/** Settings that affect every email. Reported once, not for each digest. */
async function lintPublication(publication: Publication): Promise<Finding[]> {
  if (publication.digests.size === 0) return []
  const { url, postalAddress, accent } = publication
  const findings: Promise<Finding>[] = []
  const report = (severity: Finding['severity'], field: string, reason: string) =>
    findings.push(ofSetting(publication, severity, field, reason))
  const fault = faultOfAddress(`${url}/`)
  if (fault) report('notice', 'url', `${url} ${fault}: set PUBLIC_URL, or url here if PUBLIC_URL is not set`)
  for (const { name, schedule } of publication.digests.values()) {
    const warning = schedule.kind === 'cron' ? warningOfSchedule(schedule.expression) : undefined
    if (warning) report('warning', `digests.${name}.schedule`, warning)
  }
  if (!postalAddress) report('warning', 'postal_address', 'is missing; many countries require it in every digest')
  for (const [scheme, paper] of [
    ['light', lightPaper],
    ['dark', darkPaper],
  ] as const) {
    const ratio = contrast(accent[scheme], paper)
    if (ratio < 4.5)
      report(
        'warning',
        `accent.${scheme}`,
        `${accent[scheme]} has too little contrast on ${paper}: ${ratio.toFixed(1)} : 1; text needs 4.5 : 1`,
      )
  }
  return Promise.all(findings)
}

/** A missing setting gets the line of its parent, or none. */
async function ofSetting(publication: Publication, severity: Finding['severity'], field: string, reason: string): Promise<Finding> {
  const { contentFolder } = publication
  const line = (await linesOfSettings(contentFolder))(field)
  return { severity, file: join(contentFolder, publicationFileName), line, field, reason }
}

/** Parses the message of a TemplateError, such as `templates/email/digest.mjml:12: …`. Its path starts beside the templates folder, or is whole. */
function ofTemplate(message: string, templatesFolder: string): Finding {
  const [, path, line, reason = message] = /^([^:]+):(\d+): ([\s\S]*)$/.exec(message) ?? []
  const file = path === undefined ? undefined : resolve(templatesFolder, '..', path)
  return { severity: 'error', file, line: line === undefined ? undefined : Number(line), field: undefined, reason }
}
