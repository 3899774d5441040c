import { join } from 'node:path'
import type { Article, Snapshot } from '../articles/article.ts'
import { lintArticles } from '../articles/lint.ts'
import type { Letter, LetterOrder } from '../letters/letter.ts'
import { lintLetter } from '../letters/lint.ts'
import { faultOfAddress } from '../platform/address-faults.ts'
import type { Finding } from '../platform/finding.ts'
import type { Publication } from '../publication/publication.ts'
import { publicationFileName } from '../publication/read.ts'
import { isAbout } from './choose.ts'
import { previewOrder } from './edition.ts'
import { bytesAsSent } from './fit.ts'

/** An issue as rendered, and what it was rendered from. */
export interface Carried {
  readonly articles: readonly Article[]
  readonly letter: Letter
  /** Of the whole message as sent. */
  readonly bytes: number
  readonly template: string
}

/** What the articles of an issue and the letter that tells them should be mended in. */
export async function lintCarried(
  publication: Publication,
  snapshot: Pick<Snapshot, 'articles' | 'bySlug'>,
  { articles, letter, bytes, template }: Carried,
  templatesFolder: string,
): Promise<Finding[]> {
  return [
    ...lintPublication(publication),
    ...(await lintArticles(publication, snapshot, articles)),
    ...(await lintLetter({ letter, bytes, template, templatesFolder, publicationUrl: publication.url })),
  ]
}

/**
 * Everything at once, for whoever looks a folder over: settings, all articles, and each digest with the articles that it would begin
 * with. A template shows its mistakes when it is used: those are errors.
 */
export async function lintAll(
  publication: Publication,
  snapshot: Pick<Snapshot, 'articles' | 'bySlug'>,
  print: (order: LetterOrder) => Promise<Letter>,
  templatesFolder: string,
  now: Date,
): Promise<Finding[]> {
  const findings = [...lintPublication(publication), ...(await lintArticles(publication, snapshot))]
  for (const definition of publication.digests.values()) {
    const articles = snapshot.articles.filter((article) => isAbout(definition, article)).slice(0, definition.maxArticles)
    if (articles.length === 0) {
      findings.push(
        ofPublication(publication, 'warning', `digests.${definition.name}`, 'has nothing to send: no published article is about it'),
      )
      continue
    }
    try {
      const order = previewOrder(publication, definition, articles, now)
      const letter = await print(order)
      const bytes = await bytesAsSent(letter)
      findings.push(...(await lintLetter({ letter, bytes, template: order.template, templatesFolder, publicationUrl: publication.url })))
    } catch (problem) {
      findings.push(ofTemplate((problem as Error).message, templatesFolder))
    }
  }
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

/** What concerns every mail and is said once. */
function lintPublication(publication: Publication): Finding[] {
  if (publication.digests.size === 0) return []
  const findings: Finding[] = []
  const fault = faultOfAddress(`${publication.url}/`)
  if (fault) findings.push(ofPublication(publication, 'notice', 'url', `${publication.url} ${fault}: set url here, or PUBLIC_URL`))
  if (!publication.postalAddress)
    findings.push(ofPublication(publication, 'warning', 'postal_address', 'is missing; many countries ask for it in every digest'))
  return findings
}

function ofPublication(publication: Publication, severity: Finding['severity'], field: string, reason: string): Finding {
  return { severity, file: join(publication.contentFolder, publicationFileName), line: undefined, field, reason }
}

/** `templates/email/digest.mjml:12: …`, as the press says it: the folder it begins with is the one the templates lie in. */
function ofTemplate(message: string, templatesFolder: string): Finding {
  const [, place, line, reason = message] = /^([^:]+):(\d+): ([\s\S]*)$/.exec(message) ?? []
  const file = place === undefined ? undefined : join(templatesFolder, '..', place)
  return { severity: 'error', file, line: line === undefined ? undefined : Number(line), field: undefined, reason }
}
