import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { Publication } from '../../publication/publication.ts'
import type { ArticleProblem, Enclosure, Picture } from '../article.ts'
import type { StatedEnclosure } from '../front-matter/enclosures.ts'
import type { Visibility } from '../front-matter/visibility.ts'
import { absoluteUrl, isAbsolute, localFileCandidates } from '../links/resolve-link.ts'
import { type ParseSettings, parseArticle } from '../parse.ts'
import type { ParsedArticle } from '../parsed-article.ts'
import { type NotArticle, whyNotArticle } from './article-paths.ts'
import { isMarkdown, isNamedByFolder, isNotebook, readPath } from './file-name.ts'
import { findFile, isFileError } from './folder.ts'
import { readPicture } from './image-file.ts'
import { mediaUrl } from './media.ts'
import { typeOfName } from './media-types.ts'

/** One file as it was found on disk. */
export interface FileRecord {
  readonly path: string
  /** Undefined if the file cannot be an article. */
  readonly content: ArticleContent | undefined
  /** Why the file is not meant as an article. */
  readonly notArticle: NotArticle | undefined
  readonly isDraft: boolean
  /** Undefined if its front matter cannot be read. */
  readonly visibility: Visibility | undefined
  readonly problems: readonly ArticleProblem[]
  /** Absolute paths of other files. When one of them changes, this file must be read again. */
  readonly dependsOn: readonly string[]
  /** Modification time, size and inode when it was read, to detect changes. */
  readonly stamp: string
  /** Hash of its bytes. */
  readonly fingerprint: string
}

export interface ArticleContent {
  readonly parsed: ParsedArticle
  readonly hero: Picture | undefined
  readonly enclosures: readonly Enclosure[]
}

/** As long as several very long books. */
const usualMaxBytes = 8 * 1024 * 1024

/** Reads one file. Returns `undefined` if it is gone. `path` is relative to the articles folder. */
export async function readFileRecord(settings: ParseSettings, path: string): Promise<FileRecord | undefined> {
  const refused = (reason: string, stamp: string): FileRecord => ({
    path,
    content: undefined,
    notArticle: undefined,
    isDraft: false,
    visibility: undefined,
    problems: [{ severity: 'error', path, field: undefined, line: undefined, reason }],
    dependsOn: [],
    stamp,
    fingerprint: '',
  })
  const { publication } = settings
  const file = join(publication.articlesFolder, path)
  try {
    // Synchronous calls skip the thread pool, which halves the time for small files.
    const stats = lstatSync(file)
    const stamp = stampOf(file, stats)
    let length = stats.size
    if (stats.isSymbolicLink()) {
      const found = await findFile(publication.contentFolder, file)
      if (found.status === 'outside') return refused('the symbolic link leads outside the content folder', stamp)
      if (found.status !== 'found') return refused('the symbolic link is broken', stamp)
      length = found.bytes
    } else if (!stats.isFile()) return undefined
    const notArticle = whyNotArticle(path, publication.articles.isOwnFolder) ?? whyNotebook(file, path)
    if (notArticle)
      return {
        path,
        content: undefined,
        notArticle,
        isDraft: false,
        visibility: undefined,
        problems: [],
        dependsOn: [],
        stamp,
        fingerprint: '',
      }
    const maxBytes = publication.articles.maxFileBytes ?? usualMaxBytes
    // Before it is read: a file of 2 GiB cannot be, and a smaller one would fill the memory.
    if (length > maxBytes) return refused(`the file is longer than ${sizeInWords(maxBytes)}: articles.max_file allows more`, stamp)
    return withFewProblems(await makeRecord(settings, path, readFileSync(file), stamp))
  } catch (error) {
    if (!isFileError(error)) throw error
    return error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? undefined
      : refused(`the file cannot be read: ${error.code}`, error.code ?? '')
  }
}

function sizeInWords(bytes: number): string {
  return bytes % (1024 * 1024) === 0 ? `${bytes / 1024 / 1024} MB` : `${bytes / 1024} KB`
}

/** One file cannot fill the log and the report of `check`. */
const maxProblems = 20

/** Keeps the errors and the first warnings, and counts the others. */
function withFewProblems(record: FileRecord): FileRecord {
  const more = record.problems.length - maxProblems
  if (more <= 0) return record
  const [errors, warnings] = [true, false].map((isError) => record.problems.filter(({ severity }) => (severity === 'error') === isError))
  const kept = [...(errors ?? []), ...(warnings ?? [])].slice(0, maxProblems)
  const reason = `and ${more} more ${more === 1 ? 'problem' : 'problems'} in this file`
  return { ...record, problems: [...kept, { severity: 'warning', path: record.path, field: undefined, line: undefined, reason }] }
}

/** `stats` are of the file itself. A link gets the stamp of its target: the link stays the same when its target is exchanged. */
export function stampOf(file: string, stats: Stats): string {
  const { mtimeMs, size, ino } = (stats.isSymbolicLink() && statSync(file, { throwIfNoEntry: false })) || stats
  return `${mtimeMs} ${size} ${ino}`
}

async function makeRecord(settings: ParseSettings, path: string, bytes: Buffer, stamp: string): Promise<FileRecord> {
  const { publication } = settings
  const isAlone = !isNamedByFolder(path) || !hasSiblings(publication, path)
  const { parsed, isDraft, visibility, problems, notArticle } = parseArticle(bytes.toString('utf8'), path, settings, isAlone)
  const found: ArticleProblem[] = [...problems]
  const dependsOn: string[] = []
  const warn = (field: string | undefined, reason: string) => {
    found.push({ severity: 'warning', path, field, line: field ? parsed?.lines.get(field) : undefined, reason })
  }
  if (!isUtf8(bytes)) warn(undefined, 'the file is not UTF-8: unreadable characters show as \uFFFD')
  const fingerprint = hash('sha1', bytes, 'base64url')
  if (!parsed) return { path, content: undefined, notArticle, isDraft, visibility, problems: found, dependsOn, stamp, fingerprint }
  const sources: Sources = { publication, path, dependsOn, warn }
  const hero = await readHero(parsed, sources)
  const enclosures: Enclosure[] = []
  for (const stated of parsed.enclosures) {
    const enclosure = await readEnclosure(stated, sources)
    if (enclosure) enclosures.push(enclosure)
  }
  return {
    path,
    content: { parsed, hero, enclosures },
    notArticle: undefined,
    isDraft,
    visibility,
    problems: found,
    dependsOn,
    stamp,
    fingerprint,
  }
}

/** Whether the folder of the file has other articles, translations aside. */
function hasSiblings({ articlesFolder }: Publication, path: string): boolean {
  const { translationKey } = readPath(path, false)
  const folder = dirname(path)
  return readdirSync(join(articlesFolder, folder)).some((name) => {
    const isArticle = isMarkdown(name) && !/^[._]|^readme\./i.test(name)
    return isArticle && readPath(`${folder}/${name}`, false).translationKey !== translationKey
  })
}

function whyNotebook(file: string, path: string): NotArticle | undefined {
  if (!isNotebook(path)) return undefined
  const bare = file.slice(0, -extname(file).length)
  const made = ['.md', '.markdown'].find((ending) => existsSync(bare + ending))
  return made === undefined ? undefined : { reason: 'notebook', detail: `is the source of ${basename(bare)}${made}` }
}

interface Sources {
  readonly publication: Publication
  readonly path: string
  readonly dependsOn: string[]
  warn(field: string, reason: string): void
}

async function readHero(parsed: ParsedArticle, sources: Sources): Promise<Picture | undefined> {
  const address = parsed.heroAddress
  if (!address) return undefined
  const alt = parsed.heroAlt || parsed.title
  if (isAbsolute(address)) {
    const url = absoluteUrl(address)
    if (url) return { url, alt, file: undefined }
    sources.warn(parsed.heroField, `${parsed.heroField} "${address.slice(0, 80)}" is not an http or https address`)
    return undefined
  }
  const local = await findLocal(address, parsed.heroField, sources)
  if (!local) return undefined
  const picture = await readPicture(local.realPath)
  if (picture.status === 'read') return { url: local.url, alt, file: picture.file }
  sources.warn(parsed.heroField, `${parsed.heroField} "${address}" ${picture.reason}`)
  return undefined
}

/** A file of ours, or a file elsewhere whose type is stated or told by its name. */
async function readEnclosure({ address, type, length }: StatedEnclosure, sources: Sources): Promise<Enclosure | undefined> {
  if (!isAbsolute(address)) {
    const local = await findLocal(address, 'enclosures', sources)
    return local ? { url: local.url, type: type ?? local.type, bytes: local.bytes } : undefined
  }
  const url = absoluteUrl(address)
  const known = type ?? (url && typeOfName(new URL(url).pathname))
  const shown = `"${address.slice(0, 80)}" is not attached:`
  if (!url) sources.warn('enclosures', `${shown} it is not an http or https address`)
  else if (!known) sources.warn('enclosures', `${shown} write its type, as in { url: …, type: audio/mpeg, length: 1234 }`)
  // RSS 2.0 wants a length. By convention, 0 says that it is not known.
  else return { url, type: known, bytes: length ?? 0 }
  return undefined
}

interface LocalFile {
  readonly url: string
  readonly realPath: string
  readonly type: string
  readonly bytes: number
}

async function findLocal(address: string, field: string, sources: Sources): Promise<LocalFile | undefined> {
  const { publication } = sources
  let reason = `${field} "${address.slice(0, 80)}" was not found`
  for (const candidate of localFileCandidates(address, sources)) {
    sources.dependsOn.push(candidate)
    const found = await findFile(publication.contentFolder, candidate)
    if (found.status === 'outside') reason = `${field} "${address.slice(0, 80)}" is outside the content folder`
    if (found.status !== 'found') continue
    const url = mediaUrl(publication, candidate)
    const type = typeOfName(found.path)
    if (url && type) return { url, realPath: found.path, type, bytes: found.bytes }
    reason = `${field} "${address.slice(0, 80)}" has a file type that is not served`
  }
  sources.warn(field, reason)
  return undefined
}
