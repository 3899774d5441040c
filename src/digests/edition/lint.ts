import { join } from 'node:path'
import type { Article, Snapshot } from '../../articles/article.ts'
import { lintArticles, placeOfField } from '../../articles/lint.ts'
import { lintTopics } from '../../articles/lint-topics.ts'
import type { Email, EmailRequest } from '../../email/email.ts'
import { type EmailToLint, lintEmail } from '../../email/lint.ts'
import type { Finding } from '../../platform/finding.ts'
import { faultOfAddress } from '../../platform/url-rules.ts'
import { contrast, darkPaper, lightPaper } from '../../publication/colours.ts'
import type { DigestDefinition, Publication } from '../../publication/publication.ts'
import { linesOfSettings, publicationFileName } from '../../publication/read.ts'
import { newestFor } from '../issue/choose-articles.ts'
import { previewOrder } from './edition.ts'
import { bytesAsSent } from './fit-size-limit.ts'

/** An issue as rendered, and what it was rendered from. */
export interface Carried {
  readonly articles: readonly Article[]
  readonly email: Email
  /** Of the whole message as sent. */
  readonly bytes: number
  readonly template: string
}

/** Findings in the articles of an issue and in its mail. */
export async function lintCarried(
  publication: Publication,
  snapshot: Pick<Snapshot, 'articles' | 'bySlug'>,
  definition: DigestDefinition,
  { articles, email, bytes, template }: Carried,
  templatesFolder: string,
): Promise<Finding[]> {
  return [
    ...(await lintPublication(publication)),
    ...(await lintArticles(publication, snapshot, articles)),
    ...(await lintIssue(publication, definition, articles, { email, bytes, template, templatesFolder, publication })),
  ]
}

/** A subject is worded by the digest, or else by the title of the article that leads. */
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
 * Everything at once, for whoever looks a folder over: settings, all articles, and each digest with the articles that it would begin
 * with. A template shows its mistakes when it is used: those are errors.
 */
export async function lintAll(
  publication: Publication,
  snapshot: Pick<Snapshot, 'articles' | 'bySlug'>,
  render: (order: EmailRequest) => Promise<Email>,
  templatesFolder: string,
  now: Date,
): Promise<Finding[]> {
  const findings = [
    ...(await lintPublication(publication)),
    ...(await lintTopics(publication, snapshot.articles)),
    ...(await lintArticles(publication, snapshot)),
  ]
  for (const definition of publication.digests.values()) {
    const articles = newestFor(definition, snapshot.articles)
    if (articles.length === 0) {
      const field = `digests.${definition.name}`
      findings.push(await ofSetting(publication, 'warning', field, 'has nothing to send: no published article is about it'))
      continue
    }
    try {
      const order = previewOrder(publication, definition, articles, now)
      const email = await render(order)
      const bytes = await bytesAsSent(email)
      const toLint = { email, bytes, template: order.template, templatesFolder, publication }
      findings.push(...(await lintIssue(publication, definition, articles, toLint)))
    } catch (problem) {
      findings.push(ofTemplate((problem as Error).message, templatesFolder))
    }
  }
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

/** What concerns every mail and is said once. */
async function lintPublication(publication: Publication): Promise<Finding[]> {
  if (publication.digests.size === 0) return []
  const { url, postalAddress, accent } = publication
  const findings: Promise<Finding>[] = []
  const report = (severity: Finding['severity'], field: string, reason: string) =>
    findings.push(ofSetting(publication, severity, field, reason))
  const fault = faultOfAddress(`${url}/`)
  if (fault) report('notice', 'url', `${url} ${fault}: set url here, or PUBLIC_URL`)
  if (!postalAddress) report('warning', 'postal_address', 'is missing; many countries ask for it in every digest')
  for (const [scheme, paper] of [
    ['light', lightPaper],
    ['dark', darkPaper],
  ] as const) {
    const ratio = contrast(accent[scheme], paper)
    if (ratio < 4.5)
      report('warning', `accent.${scheme}`, `${accent[scheme]} is faint on ${paper}: ${ratio.toFixed(1)} : 1; text needs 4.5 : 1`)
  }
  return Promise.all(findings)
}

/** A setting that is not there has the line of what is around it, or none. */
async function ofSetting(publication: Publication, severity: Finding['severity'], field: string, reason: string): Promise<Finding> {
  const { contentFolder } = publication
  const line = (await linesOfSettings(contentFolder))(field)
  return { severity, file: join(contentFolder, publicationFileName), line, field, reason }
}

/** `templates/email/digest.mjml:12: …`, as the renderer says it. It begins with the templates folder. */
function ofTemplate(message: string, templatesFolder: string): Finding {
  const [, place, line, reason = message] = /^([^:]+):(\d+): ([\s\S]*)$/.exec(message) ?? []
  const file = place === undefined ? undefined : join(templatesFolder, '..', place)
  return { severity: 'error', file, line: line === undefined ? undefined : Number(line), field: undefined, reason }
}
