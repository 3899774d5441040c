import { allowedAttributes, allowedTags, maxNesting, withAbsoluteAddress } from './allowed-html.ts'
import type { LinkBase } from './links.ts'

/**
 * What the sanitizer would make of HTML that was written from Markdown alone, in which every tag is closed and every value
 * is quoted and escaped; `undefined` where anything in it is otherwise, which is the sanitizer's to judge. Most articles
 * hold no HTML of their author's, and a start need not wait for the sanitizer, which is 80 files, or a feed for its work.
 */
export function cleanOwnMarkup(html: string, base: LinkBase): string | undefined {
  let clean = ''
  let at = 0
  let depth = 0
  for (const { 0: whole, 1: slash, 2: name = '', 3: written = '', index } of html.matchAll(tag)) {
    const between = cleanBetween(html.slice(at, index))
    if (between === undefined || !tags.has(name)) return undefined
    clean += between
    at = index + whole.length
    if (slash) {
      depth--
      clean += whole
      continue
    }
    const attributes = cleanAttributes(name, written, base)
    if (attributes === undefined) return undefined
    if (!empty.has(name)) depth++
    if (depth >= maxNesting) return undefined
    // A picture that leads nowhere shows nothing.
    if (name !== 'img' || attributes.includes(' src=')) clean += `<${name}${attributes}${empty.has(name) ? ' />' : '>'}`
  }
  const rest = cleanBetween(html.slice(at))
  return rest === undefined || depth !== 0 ? undefined : clean + rest
}

const tag = /<(\/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"<>]*")*)>/g
const tags: ReadonlySet<string> = new Set(allowedTags)
const empty: ReadonlySet<string> = new Set(['br', 'hr', 'img'])

function cleanBetween(text: string): string | undefined {
  if (/[<>]/.test(text) || hasOtherEntity.test(text)) return undefined
  return text.replaceAll('&quot;', '"')
}

/** Those are all that Markdown writes: every other sign is itself. */
const hasOtherEntity = /&(?!(?:amp|lt|gt|quot);)/

function cleanAttributes(tagName: string, written: string, base: LinkBase): string | undefined {
  let clean = ''
  for (const [, name = '', text = ''] of written.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
    if (hasOtherEntity.test(text) || (text === '' && name !== 'alt')) return undefined
    const isClass = tagName === 'code' && name === 'class'
    if (isClass && !/^language-[\w.+#-]+$/.test(text)) return undefined
    if (!isClass && !allowedAttributes['*']?.includes(name) && !allowedAttributes[tagName]?.includes(name)) continue
    const value = withAbsoluteAddress(name, unescaped(text), base)
    if (value !== undefined) clean += ` ${name}="${escaped(value)}"`
  }
  return clean
}

function unescaped(value: string): string {
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
