import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../platform/finding.ts'
import { readHtml } from '../platform/html/read.ts'
import { fillPlaceholders, splitAtPlaceholders } from '../platform/placeholders.ts'
import { templateFolders } from '../platform/template-folders.ts'
import { faultOfAddress } from '../platform/url-rules.ts'
import { accessibilityFaults } from './accessibility.ts'
import { unsupportedIn } from './client-support.ts'
import { faintTexts } from './contrast.ts'
import type { Email } from './email.ts'
import { emailTemplateFile } from './templates.ts'

export interface EmailToLint {
  readonly email: Email
  /** Size of the whole message as sent. */
  readonly bytes: number
  readonly templatesFolder: string
  /** The template that rendered it. */
  readonly template: string
  /** Links below its URL and its accent colour are skipped, because they are checked with the settings. */
  readonly publication: { readonly url: string; readonly accent: { readonly light: string } }
}

/** Gmail clips longer messages and links to the rest. */
const clipBytes = 102 * 1024
/** Characters of a subject that a desktop inbox shows; a phone shows about 40. */
const longSubject = 70

/** Checks how mail programs will treat an email. `field` names the checked part, such as `subject` or `links`. */
export async function lintEmail({ email, bytes, templatesFolder, template, publication }: EmailToLint): Promise<Finding[]> {
  const sources = await readSources(templatesFolder)
  const main = emailTemplateFile(templatesFolder, `${template}.mjml`)
  const findings: Finding[] = []
  const report = (field: string, reason: string, place: Place = { file: main, line: undefined }) =>
    findings.push({ severity: 'warning', ...place, field, reason })

  if (bytes > clipBytes) report('size', `${kilobytes(bytes)}: Gmail cuts a message at 102 KB and hides the rest`)
  const length = [...new Intl.Segmenter().segment(withoutPlaceholders(email.subject))].length
  if (length === 0) report('subject', 'is empty')
  else if (length > longSubject) report('subject', `has ${length} characters: an inbox shows about ${longSubject}, on a phone 40`)
  for (const part of readHtml(email.html)) {
    if (part.kind !== 'open') continue
    const address = part.attributes.get(part.tag === 'img' ? 'src' : 'href')?.value
    if (part.tag === 'img' && !part.attributes.has('alt'))
      report('alt', `the picture ${address ?? ''} has no alt text`, find(sources, /<(?:mj-image|img)\b/))
    if ((part.tag !== 'a' && part.tag !== 'img') || address === undefined) continue
    const fault = address === '' ? 'is empty' : isOurs(address, publication.url) ? undefined : faultOfAddress(address)
    const what = part.tag === 'a' ? 'the link' : 'the picture'
    if (fault)
      report('links', `${what} ${withoutPlaceholders(address)} ${fault}`, find(sources, address === '' ? /(?:href|src)=""/ : address))
  }
  for (const { text, colour, background, ratio } of faintTexts(email.html)) {
    if (colour === publication.accent.light.toLowerCase()) continue
    const reason = `${JSON.stringify(withoutPlaceholders(text))} is ${colour} on ${background}, ${ratio.toFixed(1)} : 1; text needs 4.5 : 1`
    report('contrast', reason, find(sources, colour))
  }
  for (const { reason, find: wanted } of accessibilityFaults(email.html)) {
    report('accessibility', withoutPlaceholders(reason), find(sources, wanted) ?? { file: main, line: undefined })
  }
  for (const { what, clients } of unsupportedIn(email.html)) {
    const place = find(
      sources,
      what.startsWith('<') ? what.slice(0, -1) : new RegExp(`\\b${what.replace(':', '\\s*:\\s*')}${what.includes(':') ? '' : '\\s*:'}`),
    )
    // A property that no template contains comes from MJML, which handles these clients.
    if (place || what.startsWith('<')) report('support', `${what} is not supported by ${clients}`, place)
  }
  return unique(findings)
}

/** Whether a link leads to the publication or into the email itself. A placeholder may replace the path. */
function isOurs(address: string, publicationUrl: string): boolean {
  if (address.startsWith('#')) return true
  if (!address.startsWith(publicationUrl)) return false
  const [path = ''] = splitAtPlaceholders(address.slice(publicationUrl.length))
  return /^(?:[/?#]|$)/.test(path)
}

interface Place {
  readonly file: string
  readonly line: number | undefined
}

interface Source {
  readonly file: string
  readonly lines: readonly string[]
}

/** All template files that are in use, main templates before partials. */
async function readSources(templatesFolder: string): Promise<Source[]> {
  const names = await Promise.all(
    templateFolders(templatesFolder).map((folder) => readdir(join(folder, 'email'), { recursive: true }).catch(() => [])),
  )
  const files = [...new Set(names.flat())].filter((name) => name.endsWith('.mjml')).sort()
  return Promise.all(
    files.map(async (name) => {
      const file = emailTemplateFile(templatesFolder, name)
      return { file, lines: (await readFile(file, 'utf8')).split('\n') }
    }),
  )
}

function find(sources: readonly Source[], wanted: string | RegExp): Place | undefined {
  for (const { file, lines } of sources) {
    const index = lines.findIndex((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line)))
    if (index >= 0) return { file, line: index + 1 }
  }
  return undefined
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

function withoutPlaceholders(text: string): string {
  return fillPlaceholders(text, () => '…')
}

function kilobytes(bytes: number): string {
  return `is ${Math.round(bytes / 1024)} KB`
}
