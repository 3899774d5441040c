import { dirname, join, relative, sep } from 'node:path'
import { cleanLine } from '../platform/text.ts'
import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem } from './article.ts'
import { isInside } from './files/folder.ts'
import { readInside } from './files/read-inside.ts'
import { isMap, textIn, textOf } from './front-matter/fields.ts'
import { readToml, readWholeYaml } from './front-matter/split-front-matter.ts'

/** Author id → name. */
export type AuthorBook = ReadonlyMap<string, string>

/** Where Docusaurus, Jekyll, Hugo and Eleventy keep the authors file, in a folder above the articles. */
const usualFiles = ['', '_data/', 'data/'].flatMap((folder) =>
  ['yml', 'yaml', 'json', 'toml'].map((ending) => `${folder}authors.${ending}`),
)
/** Upper bounds, far above any real authors file. */
const maxBytes = 512 * 1024
const maxFiles = 200

export interface ReadAuthors {
  /** For all files, except below the folders of `deeper`. */
  readonly book: AuthorBook
  /** Folder below the articles folder → the authors there and above. */
  readonly deeper: ReadonlyMap<string, AuthorBook>
  /** Absolute. */
  readonly files: readonly string[]
  readonly problems: readonly { readonly file: string; readonly reason: string }[]
}

/**
 * Reads the authors file that is named, else the nearest usual one above the articles, and those that lie deeper
 * (`authorsFiles`, relative to the articles folder). A deeper file counts for the articles beside and below it.
 */
export function readAuthors({ articles, articlesFolder, contentFolder }: Publication, authorsFiles: readonly string[]): ReadAuthors {
  const files: string[] = []
  const problems: { file: string; reason: string }[] = []
  const read = (file: string): AuthorBook | undefined => {
    const text = readInside(contentFolder, file, maxBytes)
    if (text === undefined) return undefined
    files.push(file)
    try {
      return toBook(file, text)
    } catch (error) {
      problems.push({ file, reason: `the authors file cannot be read: ${(error as Error).message.split('\n', 1)[0]}` })
      return new Map()
    }
  }
  const named = articles.authorsFile
  if (named !== undefined) {
    const book = read(join(contentFolder, named))
    if (!book) problems.push({ file: contentFolder, reason: `authors file not found in the content folder: ${named}` })
    return { book: book ?? new Map(), deeper: new Map(), files, problems }
  }
  let book: AuthorBook = new Map()
  for (const file of foldersAbove(articlesFolder, contentFolder).flatMap((folder) => usualFiles.map((name) => join(folder, name)))) {
    const found = read(file)
    if (found) book = found
    if (found) break
  }
  const deeper = new Map<string, AuthorBook>()
  const scoped = authorsFiles.map((path) => ({ path, folder: scopeOf(path) })).filter(({ folder }) => folder !== '')
  for (const { path, folder } of scoped.sort((one, other) => depth(one.folder) - depth(other.folder)).slice(0, maxFiles)) {
    const found = read(join(articlesFolder, path))
    if (found) deeper.set(folder, new Map([...bookFor({ book, deeper }, folder), ...found]))
  }
  return { book, deeper, files, problems }
}

/** The authors for a file or folder, by its path below the articles folder. */
export function bookFor({ book, deeper }: Pick<ReadAuthors, 'book' | 'deeper'>, path: string): AuthorBook {
  if (deeper.size === 0) return book
  for (let folder = path; folder !== ''; folder = folder.slice(0, Math.max(folder.lastIndexOf('/'), 0))) {
    const found = deeper.get(folder)
    if (found) return found
  }
  return book
}

/** From the articles folder up to the content folder. */
function foldersAbove(articlesFolder: string, contentFolder: string): string[] {
  const folders = [articlesFolder]
  for (let folder = articlesFolder; folder !== contentFolder && isInside(contentFolder, folder); ) {
    folder = dirname(folder)
    folders.push(folder)
  }
  return folders.includes(contentFolder) ? folders : [...folders, contentFolder]
}

/** The folder that an authors file counts for. */
function scopeOf(path: string): string {
  return path
    .split('/')
    .slice(0, -1)
    .join('/')
    .replace(/(?:^|\/)_?data$/, '')
}

function depth(folder: string): number {
  return folder.split('/').length
}

/** Problems of the authors files, for a snapshot. */
export function authorsProblems({ articlesFolder }: Publication, { problems }: ReadAuthors): ArticleProblem[] {
  return problems.map(({ file, reason }) => {
    const path = relative(articlesFolder, file).split(sep).join('/')
    return { severity: 'error', path, field: undefined, line: undefined, reason }
  })
}

/** Ids with a name, or with a map that has one; or a list of such maps, each with its id. */
function toBook(file: string, text: string): AuthorBook {
  const book = new Map<string, string>()
  const add = (id: string, value: unknown) => {
    const name = textOf(value) ?? textIn(value, nameFields)
    if (name) book.set(id, name)
  }
  const written = file.endsWith('.toml') ? readToml(text, { lines: new Map(), remarks: [] }) : readMapOrList(text)
  for (const [key, value] of Object.entries(written)) {
    const list = Array.isArray(value) ? value : undefined
    if (!list) add(key, value)
    for (const one of list ?? []) {
      const id = textIn(one, idFields)
      if (id) add(id, one)
    }
  }
  return book
}

/** The YAML parser also reads JSON. A list is read as the value of a field. */
function readMapOrList(text: string): Readonly<Record<string, unknown>> {
  if (/^\s*\[/.test(text)) return { list: JSON.parse(text) }
  const isList = /^(?:\s*(?:#.*)?\n|---[ \t]*\n)*-[ \t]/.test(text)
  return readWholeYaml(isList ? `list:\n${text.replace(/^---[ \t]*\n/, '')}` : text, { lines: new Map(), remarks: [] })
}

const nameFields = ['name', 'display name', 'full name', 'title', 'label']
const idFields = ['id', 'key', 'slug', 'username', 'login', 'email']
const maxAuthors = 20

/** Distinct names from a text, a list, a map with a name, or ids in `book`. */
export function authorsIn(value: unknown, book: AuthorBook): string[] {
  const names = (Array.isArray(value) ? value.slice(0, maxAuthors) : [value]).flatMap((one) => {
    const written = isMap(one) ? textIn(one, nameFields) : textOf(one)
    const id = written ?? textIn(one, idFields)
    const name = cleanName((id === undefined ? undefined : book.get(id)) ?? id ?? '')
    return /^(?:true|false|null|none)?$/i.test(name) ? [] : [name]
  })
  return [...new Set(names)]
}

/** `[Jane](https://…)` and `Jane <jane@example.org>` both become `Jane`. */
function cleanName(written: string): string {
  return cleanLine(written.replace(/\[([^\][]*)\]\([^()]*\)/g, '$1').replace(/<[^<>@]+@[^<>@]+>/g, ''))
}
