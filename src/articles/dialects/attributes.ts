import { placeholderEnd } from '../../platform/placeholders.ts'
import { lineBefore } from './line-before.ts'

/** In characters. A longer list of attributes is text. */
const maxLength = 400

/**
 * Removes attribute lists: `{: .wide}` and `{:toc}` of kramdown, `{#id .class key=value}` of Goldmark, MDC and others. Keeps the id of a
 * heading. Braces without such a list stay text.
 */
export function withoutAttributes(text: string, isKramdown: boolean): string {
  if (!text.includes('{')) return text
  const source = isKramdown ? withoutExtensions(text) : text
  let plain = ''
  let at = 0
  for (let open = source.indexOf('{'); open >= 0; open = source.indexOf('{', Math.max(open + 1, at))) {
    const list = readList(source, open)
    if (!list || (list.isKramdown && !isKramdown)) continue
    const found = removal(source, open, list)
    if (!found || found.start < at) continue
    plain += source.slice(at, found.start) + found.kept
    at = list.end
  }
  return plain + source.slice(at)
}

/** kramdown's `{::comment}…{:/comment}` and `{::options … /}`. */
function withoutExtensions(text: string): string {
  if (!text.includes('{:')) return text
  return text
    .replace(/\{::comment\}[\s\S]{0,5000}?\{:\/(?:comment)?\}/g, '')
    .replace(/\{::?\/?(?:nomarkdown|options|comment)\b[^{}\n]{0,300}\}|\{:\/\}/g, '')
}

export interface AttributeList {
  /** Written with a colon, as kramdown does. */
  readonly isKramdown: boolean
  readonly id: string | undefined
  readonly isTable: boolean
  /** Index after the closing brace. */
  readonly end: number
}

const attribute = /\s*(?:#(?<id>[^\s.#{}"']+)|\.[\w:-]+|(?<key>[\w:@-]+)=(?:"[^"{}]*"|'[^'{}]*'|[^\s{}"']+)|(?<word>[\w-]+))(?=[\s}.#])/y

/** Reads the list that begins with the brace at `open`. Undefined if the braces hold anything else. */
export function readList(text: string, open: number): AttributeList | undefined {
  const isKramdown = text[open + 1] === ':'
  const limit = open + maxLength
  let at = open + (isKramdown ? 2 : 1)
  let id: string | undefined
  let count = 0
  let words = 0
  let isTable = false
  while (at < limit) {
    const end = /\s*\}/y
    end.lastIndex = at
    if (end.test(text)) {
      const inner = text.slice(open, end.lastIndex)
      // Words alone are kramdown's references. In other dialects, `{word}` is text.
      if (count === 0 || (!isKramdown && words === count) || /\n[ \t]*\n/.test(inner)) return undefined
      return { isKramdown, id, isTable, end: end.lastIndex }
    }
    attribute.lastIndex = at
    const found = attribute.exec(text)
    if (!found) return undefined
    id ??= found.groups?.id
    if (found.groups?.word !== undefined) words++
    isTable ||= found.groups?.word === 'toc'
    count++
    at = attribute.lastIndex
  }
  return undefined
}

/** What goes with the list at `open`, and what stays instead. Undefined if a list here is text. */
function removal(text: string, open: number, list: AttributeList): { readonly start: number; readonly kept: string } | undefined {
  const before = lineBefore(text, open)
  const lineStart = open - (before?.length ?? 0)
  const isLineEnd = /^[ \t]*(?:\n|$)/.test(text.slice(list.end, list.end + 80))
  if (isLineEnd && before !== undefined && /^[ \t>]*$/.test(before)) {
    if (!list.isTable) return { start: open, kept: '' }
    // `* TOC` above `{:toc}` is only there to be replaced.
    const above = text.lastIndexOf('\n', lineStart - 2) + 1
    const isItem = /^[ \t>]*(?:[-*+]|\d{1,9}\.)[ \t]/.test(text.slice(above, Math.min(above + 80, lineStart)))
    return { start: isItem ? above : open, kept: '' }
  }
  if (isLineEnd && /^ {0,3}#{1,6}[ \t]/.test(before ?? '')) return { start: open, kept: list.id === undefined ? '' : `{#${list.id}}` }
  return list.isKramdown || attached.test(text.charAt(open - 1)) ? { start: open, kept: '' } : undefined
}

/** Ends of a link, an emphasis or protected code, to which a list is attached. */
const attached = new RegExp(`[)\\]*_\`${placeholderEnd}]`)
