import { endsBlock, isDetails, isNote, quoted, showAddresses, showEmbed } from './embeds.ts'

import { lineBefore } from './line-before.ts'

/** Imported name → the path or module it was imported from. */
export type Imports = ReadonlyMap<string, string>

const importing =
  /^import\s+(?:type\s+)?(?:(?<names>[\w$*{][^;'"`]{0,600}?)\s*from\s*)?(?<quote>['"])(?<from>[^'"\n]{1,300})\k<quote>(?:\s+(?:with|assert)\s*\{[^{}]*\})?[ \t]*;?[ \t]*(?:\/\/[^\n]*)?$/gm
const exporting = /^export\s+(?:const|let|var|default|function|async|class|type|interface|\*|\{)/gm
/** In characters. An export that is not closed within this length is treated as text. */
const maxExportLength = 20_000

/** Removes MDX imports and exports. Returns the imports by name. */
export function cleanModules(text: string, isMdx: boolean): { readonly rest: string; readonly imports: Imports } {
  const imports = new Map<string, string>()
  if (!/^(?:import|export)\s/m.test(text)) return { rest: text, imports }
  let rest = text.replace(importing, (_whole, names: string | undefined, _quote, from: string) => {
    const name = /^[\w$]+/.exec(names ?? '')?.[0]
    if (name !== undefined) imports.set(name, from)
    return ''
  })
  if (isMdx) rest = rest.replace(/^import\s[^\n]*\bfrom\b[^\n]*$/gm, '')
  let cleaned = ''
  let at = 0
  exporting.lastIndex = 0
  for (let match = exporting.exec(rest); match; match = exporting.exec(rest)) {
    const end = endOfStatement(rest, match.index)
    if (end === undefined) continue
    cleaned += rest.slice(at, match.index)
    at = end
    exporting.lastIndex = end
  }
  return { rest: cleaned + rest.slice(at), imports }
}

/** The end of the line on which all brackets are closed. */
function endOfStatement(text: string, start: number): number | undefined {
  const limit = Math.min(text.length, start + maxExportLength)
  let depth = 0
  for (let at = start; at < limit; at++) {
    const sign = text[at]
    if (sign === '"' || sign === "'" || sign === '`') at = endOfString(text, at, limit)
    else if (sign === '(' || sign === '[' || sign === '{') depth++
    else if (sign === ')' || sign === ']' || sign === '}') depth--
    else if (sign === '\n' && depth <= 0 && !/[=,(>:]\s*$/.test(text.slice(Math.max(start, at - 3), at))) return at
  }
  return limit === text.length ? limit : undefined
}

/** Index of the closing quote, or `start` if none. `'` and `"` must close on their line, because text has apostrophes. */
function endOfString(text: string, start: number, limit: number): number {
  const quote = text[start]
  for (let at = start + 1; at < limit; at++) {
    const sign = text[at]
    if (sign === '\\') at++
    else if (sign === quote) return at
    else if (sign === '\n' && quote !== '`') return start
  }
  return start
}

export interface Element {
  readonly name: string
  readonly isClosing: boolean
  readonly isEmpty: boolean
  readonly args: ReadonlyMap<string, string>
  readonly end: number
}

/** In characters. Bounds the search for the end of a tag that is never closed. */
const maxTagLength = 3_000
/** Of braces. Bounds the search where many are never closed. */
const maxDepth = 30

/** Removes components and keeps their content. Braces are expressions only in MDX. `isLiquid`: double braces belong to Liquid. */
export function cleanJsx(text: string, imports: Imports, isMdx: boolean, isLiquid: boolean): string {
  if (!/<\/?(?:[A-Z>]|[a-z]\w*-)|=\{/.test(text) && !(isMdx && /[<{]/.test(text))) return text
  const mark = isMdx ? /<\/?(?=[A-Za-z>])|\\?\{/g : /<\/?(?=[A-Za-z>])/g
  let cleaned = ''
  let at = 0
  for (let match = mark.exec(text); match; match = mark.exec(text)) {
    if (match.index < at) continue
    let end: number | undefined
    let shown = ''
    if (match[0].endsWith('{')) {
      if (match[0] === '\\{' || (isLiquid && text[match.index + 1] === '{')) continue
      end = endOfBraces(text, match.index)
      shown = end === undefined ? '' : (literalOf(text.slice(match.index + 1, end - 1), imports, false) ?? '')
    } else {
      const element = readElement(text, match.index, imports)
      if (!element) continue
      const source = text.slice(match.index, element.end)
      const isOwn = isComponent(element.name)
      const apart = !isOwn && isMdx ? setApart(element, text, match.index) : undefined
      if (!isOwn && apart === undefined && !source.includes('={') && !source.includes('{...')) continue
      end = element.end
      shown = isOwn ? showComponent(element) : (apart ?? htmlTag(element))
    }
    if (end === undefined) continue
    cleaned += text.slice(at, match.index) + shown + (endsBlock(shown, text, match.index, end) ? '\n' : '')
    at = end
    mark.lastIndex = end
  }
  return cleaned + text.slice(at)
}

/** A component of JSX, or a custom element of HTML. An empty name is a fragment. */
function isComponent(name: string): boolean {
  return /^(?:[A-Z]|$)|^[a-z]\w*-/.test(name)
}

const containers = /^(?:div|section|article|aside|header|footer|main|nav|center|blockquote|details|figure)$/
const voids = /^(?:img|br|hr|source|track|wbr|col|input|embed|area|link|meta)$/

/**
 * An HTML tag with empty lines around it, so that Markdown inside is read (MDX, "markdown and JSX"). Undefined for a tag inside a line.
 * A paragraph goes, because Markdown makes its own.
 */
function setApart(element: Element, text: string, start: number): string | undefined {
  const { name, isEmpty, end } = element
  const indent = /^[ \t]*$/.exec(lineBefore(text, start) ?? 'x')?.[0]
  const isLast = /^[ \t]{0,200}(?:\n|$)/.test(text.slice(end, end + 202))
  if (isEmpty || voids.test(name)) return undefined
  if (name === 'p') return '\n\n'
  return containers.test(name) || (indent !== undefined && isLast && !phrases.test(name))
    ? `\n\n${indent ?? ''}${htmlTag(element)}\n\n`
    : undefined
}

const phrases = /^(?:a|abbr|b|cite|code|del|em|i|ins|kbd|mark|pre|q|s|small|span|strong|sub|sup|u)$/

// Made once: an article may hold ten thousand tags.
const head = /<(\/?)([A-Za-z][\w.:-]*|(?=>))/y
const close = /\s*(\/?)>/y
const attribute = /\s*(?:([A-Za-z_@:][\w:.@-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(?=\{)|([^\s"'<>={}]+)))?|(?=\{))/y

export function readElement(text: string, start: number, imports: Imports): Element | undefined {
  head.lastIndex = start
  const found = head.exec(text)
  if (!found) return undefined
  const limit = Math.min(text.length, start + maxTagLength)
  const args = new Map<string, string>()
  let at = start + found[0].length
  while (at < limit) {
    close.lastIndex = at
    const closing = close.exec(text)
    if (closing) return { name: found[2] ?? '', isClosing: found[1] === '/', isEmpty: closing[1] === '/', args, end: close.lastIndex }
    attribute.lastIndex = at
    const match = attribute.exec(text)
    if (!match) return undefined
    at = attribute.lastIndex
    const [, name, double, single, bare] = match
    let value = double ?? single ?? bare
    if (text[at] === '{') {
      const end = endOfBraces(text, at)
      if (end === undefined) return undefined
      value = literalOf(text.slice(at + 1, end - 1), imports, true)
      at = end
    } else if (name === undefined) return undefined
    if (name !== undefined && value !== undefined) args.set(name.toLowerCase(), value)
    else if (name !== undefined && text[at - 1] !== '}') args.set(name.toLowerCase(), '')
  }
  return undefined
}

function endOfBraces(text: string, start: number): number | undefined {
  const limit = Math.min(text.length, start + maxTagLength)
  let depth = 0
  for (let at = start; at < limit; at++) {
    const sign = text[at]
    if (sign === '"' || sign === "'" || sign === '`') at = endOfString(text, at, limit)
    else if (sign === '{' && ++depth > maxDepth) return undefined
    else if (sign === '}' && --depth === 0) return at + 1
  }
  return undefined
}

/** The text of a literal, or the path of a required or imported file. Undefined for other expressions. */
function literalOf(expression: string, imports: Imports, isAttribute: boolean): string | undefined {
  const bare = expression.trim()
  const literal = /^(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\$]|\$(?!\{))*)`)$/.exec(bare)
  if (literal) return (literal[1] ?? literal[2] ?? literal[3] ?? '').replace(/\\n/g, '\n').replace(/\\(.)/g, '$1')
  if (!isAttribute) return undefined
  if (/^\d+(?:\.\d+)?$/.test(bare)) return bare
  const called = /^(?:require|useBaseUrl|url|asset|withBase)\(\s*["'`]([^"'`]+)["'`]\s*\)(?:\.default)?$/.exec(bare)
  if (called) return called[1]
  const name = /^([\w$]+)(?:\.(?:src|default))?$/.exec(bare)?.[1]
  return name === undefined ? undefined : imports.get(name)
}

function showComponent({ name, isClosing, isEmpty, args }: Element): string {
  const short = name.split('.').at(-1) ?? ''
  if (/^(?:Link|A|Anchor|NextLink|GatsbyLink|ExternalLink|Button|LinkButton)$/.test(short)) {
    const href = args.get('href') ?? args.get('to') ?? args.get('url')
    // The sanitizer drops a closing tag without an opening one.
    if (isClosing) return '</a>'
    return href === undefined || isEmpty ? '' : `<a href="${quoted(href)}">`
  }
  if (isNote(short) && !isEmpty) {
    const title = args.get('title')
    return isClosing ? '\n\n</aside>\n\n' : `\n\n<aside>\n\n${title ? `**${title}**\n\n` : ''}`
  }
  if (isDetails(short) && !isEmpty)
    return isClosing
      ? '\n\n</details>\n\n'
      : `\n\n<details><summary>${quoted(args.get('summary') ?? args.get('title') ?? '…')}</summary>\n\n`
  if (isClosing) return ''
  const shown = { named: args, listed: [] }
  return showEmbed(short, shown) ?? showAddresses(shown, short) ?? ''
}

const droppedAttributes = /^(?:class|classname|style|on\w+|key|ref|set:\w+|client:\w+)$/

function htmlTag({ name, isClosing, isEmpty, args }: Element): string {
  if (isClosing) return `</${name}>`
  const attributes = [...args]
    .filter(([attribute]) => !droppedAttributes.test(attribute))
    .map(([attribute, value]) => ` ${attribute}="${quoted(value)}"`)
  const isVoid = /^(?:img|br|hr|source|track|wbr|col|input|embed)$/i.test(name)
  return `<${name}${attributes.join('')}>${isEmpty && !isVoid ? `</${name}>` : ''}`
}
