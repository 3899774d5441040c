import { createRequire } from 'node:module'
import type { Parser } from 'htmlparser2'
import { escapeMarkup } from './escape.ts'

/** Where something stands in its source: `end` is the first character behind it. */
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
  /** `<br>` and the like, which no closing tag follows. */
  readonly isVoid: boolean
}

/** Names are in small letters. A tag that HTML adds by itself, such as `</p>` before a second `<p>`, has an empty range. */
export type HtmlPart =
  | OpenTag
  | ({ readonly kind: 'close'; readonly tag: string } & Range)
  /** Entities are decoded. */
  | ({ readonly kind: 'text'; readonly text: string } & Range)
  /** What no reader sees: the content of `script` and `style`. */
  | ({ readonly kind: 'raw' } & Range)
  | ({ readonly kind: 'comment' } & Range)

/** Loaded with the first HTML that is read: a server that only answers feeds reads none. */
let parsers: typeof import('htmlparser2') | undefined

/** The parts of a page or a fragment in their order, read as browsers do. A closing tag that closes nothing is left out. */
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
      // Opened and closed by one and the same tag.
      if (last?.kind === 'open' && last.start === parser.startIndex) parts[parts.length - 1] = { ...last, isVoid: true }
      else parts.push({ kind: 'close', tag, ...(isImplied ? nowhere() : here()) })
    },
    ontext(text) {
      const { start, end } = here()
      const last = parts.at(-1)
      if (raw !== undefined) parts.push({ kind: 'raw', start, end })
      // An entity is told apart from the text around it.
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

/** What is put in the place of a range of the source. */
export interface Edit extends Range {
  readonly text: string
}

/** `html` with `edits`, which come in their order and do not overlap. All else stays byte for byte. */
export function editHtml(html: string, edits: readonly Edit[]): string {
  let edited = ''
  let at = 0
  for (const { start, end, text } of edits) {
    edited += html.slice(at, start) + text
    at = end
  }
  return edited + html.slice(at)
}

/** Gives an attribute that stands in the source another value. */
export function editAttribute(name: string, { start, end }: Range, value: string): Edit {
  return { start, end, text: `${name}="${escapeMarkup(value)}"` }
}

/** `html` with `inserted` behind its first opening `tag`; `undefined` where it has none. */
export function insertInto(html: string, tag: string, inserted: string): string | undefined {
  const opening = readHtml(html).find((part) => part.kind === 'open' && part.tag === tag && part.end > part.start)
  return opening && editHtml(html, [{ start: opening.end, end: opening.end, text: inserted }])
}
