import { createRequire } from 'node:module'
import type { Parser } from 'htmlparser2'
import { escapeMarkup } from './escape.ts'

/** A range in the source. `end` is exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Attribute extends Range {
  readonly value: string
}

export interface OpenTag extends Range {
  readonly kind: 'open'
  readonly tag: string
  /** By name, entities in values decoded. */
  readonly attributes: ReadonlyMap<string, Attribute>
  /** Elements without a closing tag, such as `<br>`. */
  readonly isVoid: boolean
}

/** Names are in lower case. An implied tag, such as `</p>` before a second `<p>`, has an empty range. */
export type HtmlPart =
  | OpenTag
  | ({ readonly kind: 'close'; readonly tag: string } & Range)
  /** Entities are decoded. */
  | ({ readonly kind: 'text'; readonly text: string } & Range)
  /** The content of `script` and `style`, which readers do not see. */
  | ({ readonly kind: 'raw' } & Range)
  | ({ readonly kind: 'comment' } & Range)

/** Loaded on first use: a server that only answers feeds reads no HTML. */
let parsers: typeof import('htmlparser2') | undefined

/** The parts of a page or fragment in order, parsed as browsers do. Closing tags without an opening tag are left out. */
export function readHtml(html: string): HtmlPart[] {
  parsers ??= createRequire(import.meta.url)('htmlparser2') as typeof import('htmlparser2')
  const parts: HtmlPart[] = []
  let attributes = new Map<string, Attribute>()
  let raw: string | undefined
  const here = (): Range => ({ start: parser.startIndex, end: parser.endIndex + 1 })
  const nowhere = (): Range => ({ start: parser.startIndex, end: parser.startIndex })
  const parser: Parser = new parsers.Parser({
    onopentagname() {
      attributes = new Map()
    },
    onattribute(name, value) {
      if (!attributes.has(name)) attributes.set(name, { value, start: parser.startIndex, end: parser.endIndex })
    },
    onopentag(tag, _attributes, isImplied) {
      parts.push({ kind: 'open', tag, attributes, isVoid: false, ...(isImplied ? nowhere() : here()) })
      if (tag === 'script' || tag === 'style') raw = tag
    },
    onclosetag(tag, isImplied) {
      if (tag === raw) raw = undefined
      const last = parts.at(-1)
      // One tag both opened and closed the element.
      if (last?.kind === 'open' && last.start === parser.startIndex) parts[parts.length - 1] = { ...last, isVoid: true }
      else parts.push({ kind: 'close', tag, ...(isImplied ? nowhere() : here()) })
    },
    ontext(text) {
      const { start, end } = here()
      const last = parts.at(-1)
      if (raw !== undefined) parts.push({ kind: 'raw', start, end })
      // htmlparser2 reports an entity separately from the text around it.
      else if (last?.kind === 'text' && last.end === start) parts[parts.length - 1] = { ...last, text: last.text + text, end }
      else parts.push({ kind: 'text', text, start, end })
    },
    oncomment() {
      parts.push({ kind: 'comment', ...here() })
    },
  })
  parser.end(html)
  return parts
}

/** A replacement for a range of the source. */
export interface Edit extends Range {
  readonly text: string
}

/** Applies `edits`, which are in order and do not overlap. All other bytes stay the same. */
export function editHtml(html: string, edits: readonly Edit[]): string {
  let edited = ''
  let at = 0
  for (const { start, end, text } of edits) {
    edited += html.slice(at, start) + text
    at = end
  }
  return edited + html.slice(at)
}

/** Replaces the value of an attribute in the source. */
export function editAttribute(name: string, { start, end }: Range, value: string): Edit {
  return { start, end, text: `${name}="${escapeMarkup(value)}"` }
}

/** Inserts text after the first opening `tag`. Returns `undefined` if there is none. */
export function insertInto(html: string, tag: string, inserted: string): string | undefined {
  const opening = readHtml(html).find((part) => part.kind === 'open' && part.tag === tag && part.end > part.start)
  return opening && editHtml(html, [{ start: opening.end, end: opening.end, text: inserted }])
}
