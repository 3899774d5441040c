import { fillPlaceholders, placeholder } from '../../platform/placeholders.ts'

/** A body whose code stands aside, so that nothing in it is taken for anything else. */
export interface ProtectedCode {
  readonly text: string
  /** Puts what stood aside back into what became of the text. */
  restore(text: string): string
}

/** Tags of Liquid and of shortcodes whose content is shown as code. */
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
  const aside: string[] = []
  const keep = (code: string): string => placeholder(String(aside.push(code) - 1))
  const finder = new Finder(body)
  let text = ''
  let at = 0
  opening.lastIndex = 0
  for (let match = opening.exec(body); match; match = opening.exec(body)) {
    const found = match.groups ? understand(match, match.groups, finder, isMdx) : undefined
    if (!found) {
      // A fence within another's place: what follows the first mark is looked at anew.
      opening.lastIndex = match.index + match[0].length
      continue
    }
    text += body.slice(at, match.index) + found.before + (found.code === '' ? '' : keep(found.code)) + found.after
    at = found.until
    opening.lastIndex = at
  }
  text += body.slice(at)
  return {
    text,
    restore: (cleaned) => fillPlaceholders(cleaned, (index) => aside[Number(index)] ?? ''),
  }
}

interface Found {
  readonly before: string
  readonly code: string
  readonly after: string
  readonly until: number
}

function understand(
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
    // Braces in the code of MDX are quoted: `<code>{'{x}'}</code>`.
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
  // Two prices, or two numbers of a process, with a tag between them.
  return close === undefined || /\{\{[\s<%]|\{%/.test(body.slice(start, close)) ? undefined : whole(close)
}

/** Looks for what closes; what was sought in vain once is not sought again, so that all searches together stay linear. */
class Finder {
  readonly body: string
  readonly #lower: string
  readonly #missing = new Set<string>()

  constructor(body: string) {
    this.body = body
    // A length that changes with the case would shift the rest.
    const lower = body.toLowerCase()
    this.#lower = lower.length === body.length ? lower : body
  }

  after(from: number, mark: string): number | undefined {
    if (this.#missing.has(mark)) return undefined
    const found = this.#lower.indexOf(mark, from)
    if (found < 0) this.#missing.add(mark)
    return found < 0 ? undefined : found + mark.length
  }

  /** A fence that is never closed reaches to the end. */
  endOfFence(from: number, fence: string): number {
    const close = new RegExp(`^[ \\t>]*${fence[0] === '~' ? '~' : '`'}{${fence.length},}[ \\t]*$`, 'gm')
    close.lastIndex = from
    const found = close.exec(this.body)
    return found ? found.index + found[0].length : this.body.length
  }

  /** The span of code ends in its paragraph or is none. */
  endOfSpan(from: number, ticks: string): number | undefined {
    const near = this.body.slice(from, from + 4_000).split(/\n[ \t]*\n/, 1)[0] ?? ''
    const found = new RegExp(`(?<!\`)${ticks}(?!\`)`).exec(near)
    return found ? from + found.index + ticks.length : undefined
  }

  /** Money is no mathematics: that has a sign of it, and stands on one line. */
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

/** What keeps a sample of a template from being run by its generator is no part of the sample. */
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
