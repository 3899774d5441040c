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

/** Finds YAML between `---`, TOML between `+++`, and JSON in braces. `text` must have `\n` line ends. */
export function findFence(text: string): Fenced {
  const blank = /^(?:[ \t]*\n)*/.exec(text)?.[0] ?? ''
  const start = blank.length
  const line = countLines(blank) + 1
  const first = lineAt(text, start)
  const dashes = /^---(?!-)[ \t]*(.*?)[ \t]*$/.exec(first)
  if (dashes) {
    const language = dashes[1] ?? ''
    const key = language.toLowerCase()
    const format = Object.hasOwn(languages, key) ? languages[key] : undefined
    if (format) return closed(text, start + first.length + 1, line, format, '---')
    return refuse(line, `front matter marked "${language.slice(0, 40)}" is not supported: use YAML, TOML or JSON`)
  }
  if (/^\+\+\+[ \t]*$/.test(first)) return closed(text, start + first.length + 1, line, 'toml', '+++')
  if (/^\{\s*["}]/.test(text.slice(start, start + 200))) return braced(text, start, line)
  return unopened(text) ?? { status: 'none', body: text }
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
  if (!/^[A-Za-z][\w-]*:(?:[ \t]|\n)/.test(text)) return undefined
  const end = /\n(?:-{3,}|;{3,})[ \t]*(?:\n|$)/.exec(text.slice(0, unopenedLength))
  const block = end ? text.slice(0, end.index + 1) : ''
  // Text above a line of dashes is a heading, unless it contains a known field.
  if (!end || !/^(?:title|date):/im.test(block)) return undefined
  const body = text.slice(end.index + end[0].length)
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
