export type FrontMatterFormat = 'yaml' | 'toml' | 'json'

/** The front matter of a file, located but not parsed. */
export type Fenced =
  | {
      readonly status: 'found'
      readonly format: FrontMatterFormat
      readonly block: string
      readonly body: string
      /** 1-based lines of the file on which the block and the body begin. */
      readonly line: number
      readonly bodyLine: number
    }
  | { readonly status: 'none'; readonly body: string }
  | { readonly status: 'refused'; readonly line: number; readonly reason: string }

/** Languages allowed after the opening `---`. gray-matter knows more, some of which run code. */
const languages: Readonly<Record<string, FrontMatterFormat>> = { '': 'yaml', yaml: 'yaml', yml: 'yaml', toml: 'toml', json: 'json' }

/** In characters: search limit for the end of a block without an opening fence, as in old Hexo files. */
const unopenedLength = 8 * 1024

/** In characters: how far into a file front matter may begin, below comments. */
const leadLength = 4 * 1024

/**
 * Finds YAML between `---`, TOML between `+++`, JSON in braces or between `;;;` (Hexo), and metadata lines (`readHeader`).
 * `text` must have `\n` line ends.
 */
export function findFence(text: string): Fenced {
  const start = blankLines.exec(text)?.[0].length ?? 0
  return fencedAt(text, start) ?? belowComment(text, start) ?? unopened(text) ?? { status: 'none', body: text }
}

const blankLines = /^(?:[ \t]*\n)*/

function fencedAt(text: string, start: number): Fenced | undefined {
  const line = countLines(text.slice(0, start)) + 1
  const first = lineAt(text, start)
  const next = start + first.length + 1
  const dashes = /^---(?!-)[ \t]*(.*?)[ \t]*$/.exec(first)
  if (dashes) {
    const marked = dashes[1] || /^#lang[ \t]+(\S.{0,40})/.exec(lineAt(text, next))?.[0] || ''
    const key = marked.toLowerCase()
    const format = Object.hasOwn(languages, key) ? languages[key] : undefined
    if (format) return closed(text, next, line, format, '---')
    return refuse(line, `front matter marked "${marked.slice(0, 40)}" is not supported: use YAML, TOML or JSON`)
  }
  // Longer lines of dashes are also rules in Markdown, so they must enclose fields.
  if (/^-{4,}[ \t]*$/.test(first)) return fieldsBetween(text, next, line)
  const plus = /^\+\+\+[ \t]*(toml|yaml|json)?[ \t]*$/i.exec(first)
  if (plus) return closed(text, next, line, languages[plus[1]?.toLowerCase() ?? 'toml'] ?? 'toml', '+++')
  if (/^;{3,}[ \t]*$/.test(first)) return betweenSemicolons(text, next, line)
  if (/^\{\s*["}]/.test(text.slice(start, start + 200))) return braced(text, start, line)
  const foreign = foreignLanguage(text.slice(start, start + leadLength))
  return foreign === undefined ? undefined : refuse(line, `front matter ${foreign} is not supported: use YAML, TOML or JSON`)
}

function fieldsBetween(text: string, next: number, line: number): Fenced | undefined {
  const found = closed(text, next, line, 'yaml', '---')
  return found.status === 'found' && hasFields(found.block) ? found : undefined
}

/** Whether the first line that is neither blank nor a comment is a field. */
function hasFields(block: string): boolean {
  const line = block.split('\n', 200).find((one) => !/^\s*(?:#.*)?$/.test(one))
  return line !== undefined && /^["']?[\w][\w .-]{0,60}["']?:(?:\s|$)/.test(line)
}

/** Hexo writes JSON between lines of semicolons, with or without braces. Coleslaw writes `name: value`. */
function betweenSemicolons(text: string, next: number, line: number): Fenced | undefined {
  const end = /\n;{3,}[ \t]*(?:\n|$)/.exec(text.slice(next - 1))
  if (!end) return undefined
  const block = text.slice(next, next + end.index)
  const isJson = /^\s*["{]/.test(block)
  if (!isJson && !hasFields(block)) return undefined
  const body = text.slice(next - 1 + end.index + end[0].length)
  const inBraces = !isJson || /^\s*\{/.test(block) ? block : `{${block.replace(/,\s*$/, '')}}`
  return {
    status: 'found',
    format: isJson ? 'json' : 'yaml',
    block: inBraces,
    body,
    line: line + 1,
    bodyLine: line + countLines(block) + 2,
  }
}

/** Front matter that is code of some other language. It is named and never run. */
function foreignLanguage(head: string): string | undefined {
  const template = /^~{3,}[ \t]*\n?[ \t]*(\{[%#{])/.exec(head)
  if (template) return `in a template language (~~~${template[1]})`
  if (/^\{\s*:[a-z]/i.test(head)) return 'in EDN ({:name value})'
  if (/^@def[ \t]+\w+[ \t]*=/.test(head)) return 'in Julia (@def)'
  const lang = /^#lang[ \t]+\S{1,40}/.exec(head)
  if (lang) return `marked "${lang[0]}"`
  const dashes = /^[\u2013\u2014][-\u2013\u2014]{0,2}[ \t]*\n[ \t]*(?:title|date|layout):/i.test(head)
  return dashes ? 'between long dashes (\u2014), which an editor makes of ---,' : undefined
}

const comment = /^(?:<!--[\s\S]*?-->|\{\/\*[\s\S]*?\*\/\}|\{#[\s\S]*?#\})[ \t]*\n/

/** A licence or an editor's settings in a comment may stand above the front matter. */
function belowComment(text: string, start: number): Fenced | undefined {
  const head = text.slice(start, start + leadLength)
  let at = 0
  for (let found = comment.exec(head); found; found = comment.exec(head.slice(at))) {
    at += found[0].length
    at += blankLines.exec(head.slice(at))?.[0].length ?? 0
  }
  if (at === 0) return undefined
  const found = fencedAt(text, start + at)
  return found?.status === 'found' && (found.format !== 'yaml' || hasFields(found.block)) ? found : undefined
}

function closed(text: string, start: number, line: number, format: FrontMatterFormat, fence: '---' | '+++'): Fenced {
  for (let at = start, number = line + 1; at <= text.length; number++) {
    const found = lineAt(text, at)
    if (found.startsWith(fence) || (format === 'yaml' && /^\.\.\.\s*$/.test(found))) {
      if (!/^(?:-{3,}|\+{3,}|\.{3})\s*$/.test(found)) {
        return refuse(number, `the front matter is closed by "${found.slice(0, 40)}": write ${fence}`)
      }
      const body = text.slice(at + found.length + 1)
      return { status: 'found', format, block: text.slice(start, at), body, line: line + 1, bodyLine: number + 1 }
    }
    at += found.length + 1
  }
  return refuse(line, `the front matter is not closed: add a line ${fence} after its last field`)
}

/** Reads from the first brace to its closing brace. */
function braced(text: string, start: number, line: number): Fenced {
  let depth = 0
  let isText = false
  for (let at = start; at < text.length; at++) {
    const sign = text[at]
    if (isText) {
      if (sign === '\\') at++
      else if (sign === '"') isText = false
    } else if (sign === '"') isText = true
    else if (sign === '{') depth++
    else if (sign === '}' && --depth === 0) {
      const block = text.slice(start, at + 1)
      const rest = text.slice(at + 1).replace(/^[ \t]*\n?/, '')
      return { status: 'found', format: 'json', block, body: rest, line, bodyLine: line + countLines(block) + 1 }
    }
  }
  return refuse(line, 'the front matter is not closed: its last brace is missing')
}

/** Front matter without an opening fence: fields from the first line to a line of dashes. */
function unopened(text: string): Fenced | undefined {
  if (!/^(?:[A-Za-z][\w-]*|"\w+"):(?:[ \t]|\n)/.test(text)) return undefined
  const end = /\n(?:-{3,}|;{3,})[ \t]*(?:\n|$)/.exec(text.slice(0, unopenedLength))
  const block = end ? text.slice(0, end.index + 1) : ''
  // Text above a line of dashes is a heading, unless it contains a known field.
  if (!end || !/^"?(?:title|date)"?:/im.test(block)) return undefined
  // Metadata lines may stand above a text that has a rule or an underlined heading.
  if (!block.split('\n').every((line) => /^(?:\s|#|- |[\]}"']|[\w][\w .-]*:|$)/.test(line))) return undefined
  const body = text.slice(end.index + end[0].length)
  if (end[0].startsWith('\n;') && block.startsWith('"')) {
    return { status: 'found', format: 'json', block: `{${block.replace(/,\s*$/, '')}}`, body, line: 1, bodyLine: countLines(block) + 2 }
  }
  return { status: 'found', format: 'yaml', block, body, line: 1, bodyLine: countLines(block) + 2 }
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  return text.slice(start, end < 0 ? text.length : end)
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

function refuse(line: number, reason: string): Fenced {
  return { status: 'refused', line, reason }
}
