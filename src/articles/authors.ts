import { join, relative, sep } from 'node:path'
import { cleanLine } from '../platform/text.ts'
import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem } from './article.ts'
import { readInside } from './files/read-inside.ts'
import { isMap, textIn, textOf } from './front-matter/fields.ts'
import { readWholeYaml } from './front-matter/split-front-matter.ts'

/** Author id → name. */
export type AuthorBook = ReadonlyMap<string, string>

/** Where Docusaurus, Jekyll, Hugo and Eleventy keep the authors file, below the content or the articles folder. */
const usualFiles = [
  'authors.yml',
  'authors.yaml',
  'authors.json',
  '_data/authors.yml',
  '_data/authors.yaml',
  'data/authors.yml',
  'data/authors.yaml',
  'data/authors.json',
]
/** Upper bound, far above any real authors file. */
const maxBytes = 512 * 1024

/** Whether a path may be an authors file. */
export function isAuthorsFile(file: string): boolean {
  return /[\\/]authors\.(?:ya?ml|json)$/.test(file)
}

export interface ReadAuthors {
  readonly book: AuthorBook
  /** Absolute. Undefined if there is none. */
  readonly file: string | undefined
  readonly problem: string | undefined
}

/** Reads the authors file, if there is one. The YAML parser also reads JSON. */
export function readAuthors({ articles, articlesFolder, contentFolder }: Publication): ReadAuthors {
  const named = articles.authorsFile
  const files = named
    ? [join(contentFolder, named)]
    : [...new Set([articlesFolder, contentFolder])].flatMap((folder) => usualFiles.map((file) => join(folder, file)))
  for (const file of files) {
    const text = readInside(contentFolder, file, maxBytes)
    if (text === undefined) continue
    try {
      return { book: toBook(readWholeYaml(text, { lines: new Map(), remarks: [] })), file, problem: undefined }
    } catch (error) {
      return { book: new Map(), file, problem: `the authors file cannot be read: ${(error as Error).message.split('\n', 1)[0]}` }
    }
  }
  return { book: new Map(), file: undefined, problem: named ? `authors file not found in the content folder: ${named}` : undefined }
}

/** Problems of the authors file, for a snapshot. */
export function authorsProblems({ articlesFolder, contentFolder }: Publication, { file, problem }: ReadAuthors): ArticleProblem[] {
  if (problem === undefined) return []
  const path = relative(articlesFolder, file ?? contentFolder)
    .split(sep)
    .join('/')
  return [{ severity: 'error', path, field: undefined, line: undefined, reason: problem }]
}

function toBook(written: Readonly<Record<string, unknown>>): AuthorBook {
  const book = new Map<string, string>()
  for (const [id, value] of Object.entries(written)) {
    const name = textOf(value) ?? textIn(value, nameFields)
    if (name) book.set(id, name)
  }
  return book
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
