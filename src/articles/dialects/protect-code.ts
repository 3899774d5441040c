import type { Token } from 'markdown-it'
import { fillPlaceholders, placeholder } from '../../platform/placeholders.ts'
import { markdownParser } from '../markdown/markdown-parser.ts'
import type { Dialects } from './body-context.ts'

/** A body whose code is replaced by placeholders, so that no later step changes it. */
export interface ProtectedCode {
  readonly text: string
  /** Puts the code back into the processed text. */
  restore(text: string): string
}

/** Liquid tags and shortcodes whose content is code. */
const codeTags = 'highlight|codeblock|code|prism|sourcecode|mermaid|plantuml|graphviz|chart|diagram|markmap'
const opening = new RegExp(
  [
    String.raw`\[(?<wordpress>sourcecode|code)(?<wordpressOptions>(?:\s[^\][\n]{0,300})?)\]`,
    String.raw`^(?<indent>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?<fence>${'`'}{3,}(?=[^${'`'}\n]*$)|~{3,})`,
    '(?<ticks>`+)',
    String.raw`\{%-?\s*(?<liquid>raw|verbatim|comment|${codeTags})\b(?<options>[^%{}\n]*)-?%\}`,
    String.raw`\{\{[<%]\s*(?<hugo>${codeTags})\b(?<hugoOptions>[^{}\n]*?)[>%]\}\}`,
    String.raw`<(?<html>pre|code)\b[^<>]*>`,
    '(?<comment><!--)',
    String.raw`(?<mdxComment>\{/\*)`,
    String.raw`(?<math>\$\$)`,
    String.raw`(?<![\\$\w])(?<inlineMath>\$)(?=[^\s$])`,
  ].join('|'),
  'gim',
)

/** Protects fences, code spans, indented code, `pre`, `code`, comments and mathematics, and what the tags of `dialects` mark as code. */
export function protectCode(written: string, dialects: Dialects, isMdx: boolean): ProtectedCode {
  const protectedCode: string[] = []
  const blocks = new Set<string>()
  const protect = (code: string): string => placeholder(String(protectedCode.push(code) - 1))
  const body = isMdx ? written : protectIndented(written, protect)
  const finder = new Finder(body)
  let text = ''
  let at = 0
  opening.lastIndex = 0
  for (let match = opening.exec(body); match; match = opening.exec(body)) {
    const found = match.groups ? readCode(match, match.groups, finder, dialects, isMdx) : undefined
    if (!found) {
      // Not code after all: continue right after this mark.
      opening.lastIndex = match.index + match[0].length
      continue
    }
    const mark = found.code === '' ? '' : protect(found.code)
    if (found.isIndented) blocks.add(mark)
    text += body.slice(at, match.index) + found.before + mark + found.after
    at = found.until
    opening.lastIndex = at
  }
  text += body.slice(at)
  const fill = (cleaned: string) => fillPlaceholders(cleaned, (index) => protectedCode[Number(index)] ?? '')
  return {
    text,
    // Twice, because a protected block may hold protected lines.
    restore: (cleaned) => fill(fill(blocks.size === 0 ? cleaned : indentAgain(cleaned, blocks, protectedCode))),
  }
}

const indented = /^([ \t]*)\S+$/gm

/** Gives the lines of a fence the indentation that its first line has now. */
function indentAgain(text: string, blocks: ReadonlySet<string>, code: readonly string[]): string {
  return text.replace(indented, (whole, indent: string) => {
    const mark = whole.slice(indent.length)
    return blocks.has(mark) ? indent + fillPlaceholders(mark, (index) => code[Number(index)] ?? '').replaceAll('\n', `\n${indent}`) : whole
  })
}

/** Protects indented code, line by line, where the parser of the pages finds it. Indented text in a list is no code. */
function protectIndented(body: string, protect: (code: string) => string): string {
  if (!/^(?: {4}| {0,3}\t)[^\n]*[{[<:%!=]/m.test(body)) return body
  const markdown = markdownParser(false)
  const lines = body.split(/(\r\n?|\n)/)
  const tokens: Token[] = []
  markdown.block.parse(body.replace(/\r\n?/g, '\n'), markdown, {}, tokens)
  for (const { type, map } of tokens) {
    if (type !== 'code_block' || !map) continue
    for (let line = map[0]; line < map[1]; line++) {
      // `split` puts the line ends between the lines.
      const [, indent = '', code = ''] = /^([ \t>]*)([\s\S]*)$/.exec(lines[line * 2] ?? '') ?? []
      if (code !== '') lines[line * 2] = indent + protect(code)
    }
  }
  return lines.join('')
}

interface Found {
  /** A fence that is indented, as in a component. Its lines are moved with it. */
  readonly isIndented?: boolean
  readonly before: string
  readonly code: string
  readonly after: string
  readonly until: number
}

function readCode(
  match: RegExpExecArray,
  groups: Readonly<Record<string, string | undefined>>,
  finder: Finder,
  dialects: Dialects,
  isMdx: boolean,
): Found | undefined {
  const { body } = finder
  const unescaped = (code: string) => (dialects.has('hugo') || dialects.has('jekyll') ? unescapeTags(code) : code)
  const start = match.index
  const after = start + match[0].length
  const whole = (until: number, code = body.slice(start, until)): Found => ({ before: '', code, after: '', until })
  if (groups.fence !== undefined) {
    const until = finder.endOfFence(after, groups.fence)
    const { indent = '' } = groups
    const isIndented = isMdx && /^[ \t]+$/.test(indent)
    const code = unescaped(body.slice(isIndented ? start + indent.length : start, until))
    if (!isIndented) return whole(until, code)
    const shift = new RegExp(`\\n[ \\t]{0,${indent.length}}`, 'g')
    return { before: indent, code: code.replace(shift, '\n'), after: '', until, isIndented }
  }
  if (groups.ticks !== undefined) {
    const until = finder.endOfSpan(after, groups.ticks)
    return until === undefined ? undefined : whole(until, unescaped(body.slice(start, until)))
  }
  if (groups.wordpress !== undefined) {
    const end = dialects.has('wordpress') ? finder.after(after, `[/${groups.wordpress.toLowerCase()}]`) : undefined
    if (end === undefined) return undefined
    const content = body.slice(after, end - groups.wordpress.length - 3)
    return { before: '\n\n', code: fenced(content, languageOf('code', groups.wordpressOptions ?? '')), after: '\n\n', until: end }
  }
  const tag = (groups.liquid ?? groups.hugo)?.toLowerCase()
  if (tag !== undefined && !dialects.has(groups.liquid === undefined ? 'hugo' : 'jekyll')) return undefined
  if (tag !== undefined) {
    const close = finder.closing(after, groups.liquid === undefined ? `/${tag}` : `end${tag}`)
    if (!close) return undefined
    const content = body.slice(after, close.start)
    if (tag === 'comment') return whole(close.end, '')
    if (tag === 'raw' || tag === 'verbatim') return whole(close.end, content)
    return {
      before: '\n\n',
      code: fenced(content, languageOf(tag, groups.options ?? groups.hugoOptions ?? '')),
      after: '\n\n',
      until: close.end,
    }
  }
  if (groups.html !== undefined) {
    const close = finder.after(after, `</${groups.html.toLowerCase()}>`)
    // In MDX, code with braces is an expression: `<code>{'{x}'}</code>`.
    if (close === undefined || (isMdx && body.slice(after, close).includes('{'))) return undefined
    const opened = body.slice(start, after)
    // Attributes of JSX are no code: `<code style={{ color: 'red' }}>`.
    if (opened.includes('={')) return { before: opened, code: unescaped(body.slice(after, close)), after: '', until: close }
    return whole(close, unescaped(body.slice(start, close)))
  }
  if (groups.comment !== undefined) {
    const close = finder.after(after, '-->')
    return close === undefined ? undefined : whole(close, '')
  }
  if (groups.mdxComment !== undefined) {
    const close = isMdx ? finder.after(after, '*/}') : undefined
    return close === undefined ? undefined : whole(close, '')
  }
  const close = groups.math === undefined ? finder.endOfInlineMath(after) : finder.after(after, '$$')
  // Two dollar signs with a template tag between them are not mathematics.
  return close === undefined || /\{\{[\s<%]|\{%/.test(body.slice(start, close)) ? undefined : whole(close)
}

/** Finds closing marks. Remembers marks that do not occur, so that all searches together stay linear. */
class Finder {
  readonly body: string
  readonly #lower: string
  readonly #missing = new Set<string>()

  constructor(body: string) {
    this.body = body
    // Lowercasing may change the length, which would shift all positions.
    const lower = body.toLowerCase()
    this.#lower = lower.length === body.length ? lower : body
  }

  after(from: number, mark: string): number | undefined {
    if (this.#missing.has(mark)) return undefined
    const found = this.#lower.indexOf(mark, from)
    if (found < 0) this.#missing.add(mark)
    return found < 0 ? undefined : found + mark.length
  }

  /** End of a fenced block. A fence that is not closed reaches to the end of the body. */
  endOfFence(from: number, fence: string): number {
    const close = new RegExp(`^[ \\t>]*${fence[0] === '~' ? '~' : '`'}{${fence.length},}[ \\t]*$`, 'gm')
    close.lastIndex = from
    const found = close.exec(this.body)
    return found ? found.index + found[0].length : this.body.length
  }

  /** End of a code span, which must be in the same paragraph. */
  endOfSpan(from: number, ticks: string): number | undefined {
    const near = this.body.slice(from, from + 4_000).split(/\n[ \t]*\n/, 1)[0] ?? ''
    const found = new RegExp(`(?<!\`)${ticks}(?!\`)`).exec(near)
    return found ? from + found.index + ticks.length : undefined
  }

  /** End of inline mathematics: on one line, with a TeX sign, so that prices do not match. */
  endOfInlineMath(from: number): number | undefined {
    const found = /^[^\s$][^$\n]{0,300}?(?<![\s\\])\$(?!\d)/.exec(this.body.slice(from, from + 400))
    return found && /[\\^_{}]/.test(found[0]) ? from + found[0].length : undefined
  }

  closing(from: number, name: string): { start: number; end: number } | undefined {
    if (this.#missing.has(name)) return undefined
    const close = new RegExp(String.raw`\{(?:%-?|\{[<%])\s*${name}\s*(?:-?%|[>%]\})\}`, 'gi')
    close.lastIndex = from
    const found = close.exec(this.body)
    if (!found) this.#missing.add(name)
    return found ? { start: found.index, end: found.index + found[0].length } : undefined
  }
}

/** Removes the escapes that keep a generator from running a template sample. */
function unescapeTags(code: string): string {
  if (!code.includes('{')) return code
  return code
    .replace(/^[ \t]*\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}[ \t]*\n/gm, '')
    .replace(/\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}/g, '')
    .replace(/\{\{([<%])\/\*(.*?)\*\/([>%])\}\}/g, '{{$1$2$3}}')
}

function languageOf(tag: string, options: string): string {
  const named = /\blang(?:uage)?\s*[:=]\s*["']?([\w+#-]+)/i.exec(options)?.[1]
  if (named !== undefined) return named
  if (tag !== 'highlight' && tag !== 'prism' && tag !== 'code' && tag !== 'sourcecode' && tag !== 'codeblock') return tag
  return /^\s*["']?([\w+#-]+)/.exec(options)?.[1] ?? ''
}

function fenced(content: string, language: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${unescapeTags(content).replace(/^\n+|\s+$/g, '')}\n${fence}`
}
