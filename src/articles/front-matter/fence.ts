export type FrontMatterFormat = 'yaml' | 'toml' | 'json'

/** Where the front matter of a file stands, before anybody has read it. */
export type Fenced =
  | {
      readonly status: 'found'
      readonly format: FrontMatterFormat
      readonly block: string
      readonly body: string
      /** 1-based line of the file on which the block begins, and that of the body. */
      readonly line: number
      readonly bodyLine: number
    }
  | { readonly status: 'none'; readonly body: string }
  | { readonly status: 'refused'; readonly line: number; readonly reason: string }

/** What may stand behind the opening `---`. gray-matter knows others, some of which run what they find. */
const languages: Readonly<Record<string, FrontMatterFormat>> = { '': 'yaml', yaml: 'yaml', yml: 'yaml', toml: 'toml', json: 'json' }

/** How far the end of a block without an opening fence is looked for, in characters: Hexo's old files have such. */
const unopenedLength = 8 * 1024

/** Finds YAML between `---`, TOML between `+++`, and JSON in braces. `text` has `\n` at the end of its lines. */
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
    return refuse(line, `front matter marked "${language.slice(0, 40)}" is not read: only YAML, TOML and JSON are`)
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
        return refuse(number, `the line that closes the front matter is "${found.slice(0, 40)}", not ${fence}`)
      }
      const body = text.slice(at + found.length + 1)
      return { status: 'found', format, block: text.slice(start, at), body, line: line + 1, bodyLine: number + 1 }
    }
    at += found.length + 1
  }
  return refuse(line, `the front matter is not closed: a line ${fence} is missing after its last field`)
}

/** From the first brace to the one that closes it. */
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

/** `title: …` and the like from the first line on, down to a line of dashes. */
function unopened(text: string): Fenced | undefined {
  if (!/^[A-Za-z][\w-]*:(?:[ \t]|\n)/.test(text)) return undefined
  const end = /\n(?:-{3,}|;{3,})[ \t]*(?:\n|$)/.exec(text.slice(0, unopenedLength))
  const block = end ? text.slice(0, end.index + 1) : ''
  // A line of dashes below a line of text is a heading, unless that line is a field we know.
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
