import { fillPlaceholders, placeholder } from '../../platform/placeholders.ts'

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

export function protectCode(body: string, isMdx: boolean): ProtectedCode {
  const protectedCode: string[] = []
  const protect = (code: string): string => placeholder(String(protectedCode.push(code) - 1))
  const finder = new Finder(body)
  let text = ''
  let at = 0
  opening.lastIndex = 0
  for (let match = opening.exec(body); match; match = opening.exec(body)) {
    const found = match.groups ? readCode(match, match.groups, finder, isMdx) : undefined
    if (!found) {
      // Not code after all: continue right after this mark.
      opening.lastIndex = match.index + match[0].length
      continue
    }
    text += body.slice(at, match.index) + found.before + (found.code === '' ? '' : protect(found.code)) + found.after
    at = found.until
    opening.lastIndex = at
  }
  text += body.slice(at)
  return {
    text,
    restore: (cleaned) => fillPlaceholders(cleaned, (index) => protectedCode[Number(index)] ?? ''),
  }
}

interface Found {
  readonly before: string
  readonly code: string
  readonly after: string
  readonly until: number
}

function readCode(
  match: RegExpExecArray,
  groups: Readonly<Record<string, string | undefined>>,
  finder: Finder,
  isMdx: boolean,
): Found | undefined {
  const { body } = finder
  const start = match.index
  const after = start + match[0].length
  const whole = (until: number, code = body.slice(start, until)): Found => ({ before: '', code, after: '', until })
  if (groups.fence !== undefined) {
    const until = finder.endOfFence(after, groups.fence)
    return whole(until, unescapeTags(body.slice(start, until)))
  }
  if (groups.ticks !== undefined) {
    const until = finder.endOfSpan(after, groups.ticks)
    return until === undefined ? undefined : whole(until, unescapeTags(body.slice(start, until)))
  }
  const tag = (groups.liquid ?? groups.hugo)?.toLowerCase()
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
    return whole(close, unescapeTags(body.slice(start, close)))
  }
  if (groups.comment !== undefined) {
    const close = finder.after(after, '-->')
    return close === undefined ? undefined : whole(close, '')
  }
  if (groups.mdxComment !== undefined) {
    const close = finder.after(after, '*/}')
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
