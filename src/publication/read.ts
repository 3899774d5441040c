import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { zodMessages } from '../platform/zod-messages.ts'
import { durationMs } from './duration.ts'
import type { ArticleField, DigestDefinition, Publication } from './publication.ts'
import { type PublicationFile, publicationSchema } from './schema.ts'
import { defaultAccent, findLogo } from './theme.ts'
import { paths, publicUrl } from './urls.ts'

export const publicationFileName = 'publication.yaml'

export interface PublicationProblem {
  readonly line: number | undefined
  /** Such as `digests.weekly.schedule`. Empty: the whole file. */
  readonly field: string
  readonly reason: string
}

export interface ReadPublication {
  readonly ok: true
  readonly publication: Publication
  /** False if there is no file and the defaults apply. */
  readonly isWritten: boolean
}

export type PublicationReading = ReadPublication | { readonly ok: false; readonly problems: readonly PublicationProblem[] }

/**
 * Reads `publication.yaml` in `contentFolder`. `publicUrl` (PUBLIC_URL) overrides the file's `url`; `fallbackUrl` applies
 * if neither is set. Returns all problems together, each with its line. Never throws because of the file's content.
 */
export async function readPublication(
  contentFolder: string,
  publicUrl: string | undefined,
  fallbackUrl: string,
): Promise<PublicationReading> {
  const folder = await stat(contentFolder).catch(() => undefined)
  if (!folder?.isDirectory()) return failed(undefined, '', `the content folder ${contentFolder} does not exist`)
  const text = await readFile(join(contentFolder, publicationFileName), 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (text instanceof Error && text.code !== 'ENOENT') return failed(undefined, '', `cannot be read (${text.code})`)
  const isWritten = typeof text === 'string'
  const parsed = parsePublicationFile(isWritten ? text : `title: ${JSON.stringify(titleFrom(contentFolder))}`)
  if (!parsed.ok) return parsed
  const root = await realpath(contentFolder)
  const articlesFolder = await findArticles(root, parsed.file.articles.folder)
  if (!articlesFolder)
    return failed(undefined, 'articles', `must name a folder that is inside the content folder: ${parsed.file.articles.folder}`)
  const logo = parsed.file.logo === undefined ? undefined : await findLogo(root, parsed.file.logo)
  if (logo && 'problem' in logo) return failed(parsed.lineOf('logo'), 'logo', logo.problem)
  // URL turns an internationalised host into its ASCII form, which links and headers need.
  const url = new URL(publicUrl ?? parsed.file.url ?? fallbackUrl).href.replace(/\/+$/, '')
  return { ok: true, isWritten, publication: toPublication(parsed.file, url, root, articlesFolder, logo?.path) }
}

/** 1-based line of a setting such as `digests.weekly`. Falls back to the nearest parent in the file. */
type LineOf = (field: string) => number | undefined

/** Lines of the settings in the current file. Every line is undefined while the file cannot be read. */
export async function linesOfSettings(contentFolder: string): Promise<LineOf> {
  const parsed = parsePublicationFile(await readFile(join(contentFolder, publicationFileName), 'utf8').catch(() => ''))
  return parsed.ok ? parsed.lineOf : () => undefined
}

type FileReading =
  | { readonly ok: true; readonly file: PublicationFile; readonly lineOf: LineOf }
  | { readonly ok: false; readonly problems: readonly PublicationProblem[] }

/** Validates the text of the file. Returns its values, or every problem with its line. */
export function parsePublicationFile(text: string): FileReading {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, field: '', reason: firstLine(error.message) })),
    }
  }
  let values: unknown
  try {
    values = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return failed(undefined, '', firstLine((error as Error).message))
  }
  const result = publicationSchema.safeParse(values ?? {}, { error: zodMessages('setting') })
  if (result.success) return { ok: true, file: result.data, lineOf: (field) => lineOf(field.split('.')) }
  return {
    ok: false,
    problems: result.error.issues.map(({ path, message }) => ({ line: lineOf(path), field: path.join('.'), reason: message })),
  }

  /** 1-based line of the value, or of its nearest parent in the file. */
  function lineOf(path: readonly PropertyKey[]): number | undefined {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
    }
    return undefined
  }
}

function toPublication(
  file: PublicationFile,
  url: string,
  contentFolder: string,
  articlesFolder: string,
  logo: string | undefined,
): Publication {
  return {
    title: file.title,
    description: file.description ?? file.title,
    url,
    adminEmail: file.admin_email,
    hasWeeklyReport: file.weekly_report,
    language: file.language,
    timezone: file.timezone,
    sender: file.sender
      ? { name: file.sender.name, email: file.sender.email, replyTo: file.sender.reply_to }
      : { name: file.title, email: 'nobody@localhost.invalid' },
    postalAddress: file.postal_address,
    topics: new Map(Object.entries(file.topics)),
    feeds: { entries: file.feeds.entries, hub: file.feeds.hub },
    digests: new Map(Object.entries(file.digests).map(([name, digest]) => [name, toDigest(name, digest)])),
    languages: file.languages ?? [file.language],
    signUp: { perNetwork: file.sign_up.per_network, overall: file.sign_up.overall },
    networkAddresses: file.network_addresses,
    retention: {
      unconfirmedMs: file.retention.unconfirmed,
      deliveriesMs: file.retention.deliveries,
      feedClaimsMs: file.retention.feed_claims,
      auditMs: file.retention.audit,
      webhooksMs: file.retention.webhooks,
    },
    articlesFolder,
    contentFolder,
    notesFolder: join(contentFolder, file.notes),
    articles: {
      isOwnFolder: articlesFolder === join(contentFolder, 'articles'),
      fields: new Map(Object.entries(file.articles.fields) as [ArticleField, readonly string[]][]),
      links: file.articles.links,
      ids: file.articles.ids,
      author: file.articles.author,
      authorsFile: file.articles.authors,
      show: file.articles.show,
      undated: file.articles.undated,
      dialects: file.articles.dialects,
      missingForMs: file.articles.missing_for,
      maxFileBytes: file.articles.max_file,
    },
    accent: { light: file.accent?.light ?? defaultAccent.light, dark: file.accent?.dark ?? defaultAccent.dark },
    logo: logo === undefined ? undefined : publicUrl({ url }, paths.media(logo.split('/').map(encodeURIComponent).join('/'))),
    fonts: { text: file.fonts.text, labels: file.fonts.labels },
    mailPictureBytes: file.mail_pictures,
    confirmAbove: file.confirm_above,
    measure: file.measure,
  }
}

function toDigest(name: string, digest: PublicationFile['digests'][string]): DigestDefinition {
  const isOnPublish = digest.schedule === 'on_publish'
  return {
    name,
    title: digest.title,
    subject: digest.subject,
    schedule: isOnPublish ? { kind: 'on_publish', delayMs: digest.delay } : { kind: 'cron', expression: digest.schedule },
    topics: digest.topics,
    maxArticles: digest.max_articles,
    allowedLatenessMs: digest.allowed_lateness,
    doubleOptIn: digest.double_opt_in,
    // Articles that exist when an on_publish digest starts are not news.
    startWith: digest.start_with ?? (isOnPublish ? 0 : digest.max_articles),
    hold: digest.hold === undefined || digest.hold === 'until_approved' ? digest.hold : { aheadMs: durationMs(digest.hold) },
    firstBatch: digest.first_batch,
    contentsFrom: digest.contents_from,
    readOn: digest.read_on,
    // A digest that sends single articles sends their whole text.
    layout: digest.layout ?? (isOnPublish ? 'full' : 'cards'),
    isArchived: digest.archive,
  }
}

/** The folder that `articles:` names, else `articles/` if it exists, else the content folder. Undefined: it is outside. */
async function findArticles(root: string, named: string | undefined): Promise<string | undefined> {
  const folder = await realpath(resolve(root, named ?? 'articles')).catch(() => undefined)
  if (folder && !relative(root, folder).startsWith('..')) return folder
  return named === undefined ? root : undefined
}

function titleFrom(folder: string): string {
  const words = basename(resolve(folder))
    .replace(/[-_.]+/g, ' ')
    .trim()
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : 'Untitled'
}

function failed(line: number | undefined, field: string, reason: string): { ok: false; problems: PublicationProblem[] } {
  return { ok: false, problems: [{ line, field, reason }] }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}

/** `publication.yaml:12: digests.weekly.schedule must be …`: the one format for reporting a problem. */
export function describeProblem(problem: PublicationProblem): string {
  const place = problem.line === undefined ? publicationFileName : `${publicationFileName}:${problem.line}`
  return `${place}: ${problem.field ? `${problem.field} ` : ''}${problem.reason}`
}
