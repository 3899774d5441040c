import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Liquid, LiquidError } from 'liquidjs'
import { registerMessageFilters } from '../platform/message-filters.ts'
import type { Messages } from '../platform/messages.ts'
import { originEnd, originStart } from '../platform/placeholders.ts'
import { placeOfTemplate, templateFolders } from '../platform/template-folders.ts'

/** A fault in a template. The message begins with its file and line. */
export class TemplateError extends Error {
  override name = 'TemplateError'
}

/** A template filled with its values. */
export interface Filled {
  readonly mjml: string
  /** Maps a 1-based line of `mjml` to its source, such as `templates/email/digest.mjml:12`: the nearest MJML tag at or above. */
  origin(line: number): string
}

// Values cannot contain these marks: cleanValues() removes them.
const originMark = new RegExp(`${originStart}([^${originEnd}]*)${originEnd}`, 'g')

/** Far above the needs of a digest of a hundred articles. An endless template ends with a clear error. */
const limits = { parseLimit: 2e6, renderLimit: 2_000, memoryLimit: 1e7 }

/** The file `email/NAME` of TEMPLATES_DIR, else of the product. */
export function emailTemplateFile(templatesFolder: string, name: string): string {
  const files = templateFolders(templatesFolder).map((folder) => join(folder, 'email', name))
  return files.find((file) => existsSync(file)) ?? join(templatesFolder, 'email', name)
}

/**
 * Fills `email/NAME.mjml` of TEMPLATES_DIR, else of the product, with `values` and escapes each of them. Templates cannot read files
 * outside of the two folders. Throws a TemplateError.
 */
export function fillTemplate(templatesFolder: string, name: string, values: object, messages: Messages): Filled {
  const roots = templateFolders(templatesFolder).map((folder) => join(folder, 'email'))
  const place = (file: string) => placeOfTemplate(templatesFolder, file)
  const engine = new Liquid({
    root: roots,
    partials: roots.map((root) => join(root, 'partials')),
    layouts: roots.map((root) => join(root, 'partials')),
    relativeReference: false,
    extname: '.mjml',
    outputEscape: 'escape',
    strictVariables: true,
    lenientIf: true,
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: 0,
    // The engine lives for one email: partials are read once, and the next email sees changed files.
    cache: true,
    ...limits,
  })
  const { fs } = engine.options
  const files = new Map<string, string>()
  const readFileSync = (file: string) => {
    const source = fs.readFileSync(file)
    const marked = markOrigins(source, place(file))
    files.set(marked, place(file))
    return marked
  }
  engine.options.fs = { ...fs, readFileSync }
  registerMessageFilters(engine, messages)
  try {
    const filled = readOrigins(
      engine.renderFileSync(name, values).toWellFormed(),
      place(emailTemplateFile(templatesFolder, `${name}.mjml`)),
    )
    checkNesting(filled)
    return filled
  } catch (error) {
    throw LiquidError.is(error) ? faultOf(error as LiquidError, files) : error
  }
}

function markOrigins(source: string, file: string): string {
  const lines = source.split('\n')
  return lines.map((line, index) => line.replace(/<\/?mj/, `${originStart}${file}:${index + 1}${originEnd}$&`)).join('\n')
}

function readOrigins(marked: string, first: string): Filled {
  let nearest = `${first}:1`
  const lines = marked.split('\n').map((line) => {
    const text = line.replace(originMark, (_mark, origin: string) => {
      nearest = origin
      return ''
    })
    return { text, origin: nearest }
  })
  return { mjml: lines.map(({ text }) => text).join('\n'), origin: (line) => lines[line - 1]?.origin ?? nearest }
}

/** MJML accepts unclosed tags silently and drops the content after them. */
function checkNesting({ mjml, origin }: Filled): void {
  const open: { tag: string; at: string }[] = []
  let line = 1
  let counted = 0
  for (const { 0: whole, 1: slash, 2: tag = '', index } of mjml.matchAll(tags)) {
    line += mjml.slice(counted, index).split('\n').length - 1
    counted = index
    const at = origin(line)
    if (!tag || whole.endsWith('/>')) continue
    if (!slash) {
      open.push({ tag, at })
      continue
    }
    if (!open.some((one) => one.tag === tag)) throw new TemplateError(`${at}: </${tag}> has no opening tag`)
    const last = open.pop()
    if (last && last.tag !== tag) throw new TemplateError(`${last.at}: <${last.tag}> is not closed before </${tag}> of ${at}`)
  }
  const last = open.pop()
  if (last) throw new TemplateError(`${last.at}: <${last.tag}> is never closed`)
}

/** Matches comments and MJML tags. Groups: slash, name. */
const tags = /<!--[\s\S]*?-->|<(\/?)(mj[a-z-]*)(?:"[^"]*"|'[^']*'|[^'">])*>/g

/** `files` maps source text to file name, because Liquid's tokens do not always know their file. */
function faultOf(error: LiquidError, files: ReadonlyMap<string, string>): Error {
  const [line] = error.token.getPosition()
  const file = files.get(error.token.input)
  const message = error.message.replace(/, (?:file:.*, )?line:\d+, col:\d+$/, '').replace(originMark, '')
  return new TemplateError(file ? `${file}:${line}: ${message}` : message, { cause: error })
}
