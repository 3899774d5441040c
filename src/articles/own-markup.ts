import { allowedAttributes, headings, maxNesting, withAbsoluteAddress } from './allowed-html.ts'
import type { LinkBase } from './links.ts'

/**
 * What the sanitizer would make of HTML that was written from Markdown alone; `undefined` where anything is otherwise than
 * Markdown writes it, which is the sanitizer's to judge. It is held to the same rules and believes nothing: a tag passes by
 * its name, in its place and closed, an attribute by its name and quoted, an address resolved, a sign escaped.
 */
export function cleanOwnMarkup(html: string, base: LinkBase): string | undefined {
  const open: string[] = []
  let clean = ''
  let at = 0
  for (const { 0: whole, 1: closed, 2: name = '', 3: given = '', index } of html.matchAll(tag)) {
    const text = cleanBetween(html.slice(at, index))
    if (text === undefined) return undefined
    clean += text
    at = index + whole.length
    if (closed !== undefined) {
      if (open.pop() !== closed) return undefined
      clean += whole
      continue
    }
    const attributes = readAttributes(name, given, base)
    if (!attributes || !mayStandIn(open.at(-1), name) || open.length >= maxNesting) return undefined
    if (!empty.has(name)) open.push(name)
    // A picture that leads nowhere shows nothing.
    if (name !== 'img' || attributes.has('src')) clean += opening(name, attributes)
  }
  const rest = cleanBetween(html.slice(at))
  return rest === undefined || open.length > 0 ? undefined : clean + rest
}

const tag = /<(?:\/([a-z][a-z0-9]*)|([a-z][a-z0-9]*)((?: [a-z]+="[^"<>]*")*))>/g

const empty: ReadonlySet<string> = new Set(['br', 'hr', 'img'])
const markdownPhrases: ReadonlySet<string> = new Set(['a', 'br', 'code', 'em', 'img', 's', 'strong', 'sup'])
const markdownBlocks: ReadonlySet<string> = new Set(['blockquote', 'hr', 'ol', 'p', 'pre', 'section', 'table', 'ul', ...headings])
const textBlocks: ReadonlySet<string> = new Set(['p', ...headings])
/** What is a part only of these. */
const wholes: ReadonlyMap<string, readonly string[]> = new Map([
  ['li', ['ol', 'ul']],
  ['thead', ['table']],
  ['tbody', ['table']],
  ['tr', ['thead', 'tbody']],
  ['th', ['tr']],
  ['td', ['tr']],
])

/** Whether a tag is one of Markdown's and stands where it closes no other, as a paragraph within a paragraph would. */
function mayStandIn(parent: string | undefined, name: string): boolean {
  if (markdownPhrases.has(name)) return name !== 'a' || parent !== 'a'
  if (parent === undefined) return markdownBlocks.has(name)
  return markdownBlocks.has(name) ? !textBlocks.has(parent) : (wholes.get(name)?.includes(parent) ?? false)
}

function cleanBetween(text: string): string | undefined {
  if (/[<>]/.test(text) || hasOtherEntity.test(text)) return undefined
  return text.replaceAll('&quot;', '"')
}

/** Those are all that Markdown writes: every other sign is itself. */
const hasOtherEntity = /&(?!(?:amp|lt|gt|quot);)/

function readAttributes(tagName: string, given: string, base: LinkBase): ReadonlyMap<string, string> | undefined {
  const read = new Set<string>()
  const attributes = new Map<string, string>()
  for (const [, name = '', text = ''] of given.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
    if (read.has(name) || hasOtherEntity.test(text) || (text === '' && name !== 'alt')) return undefined
    read.add(name)
    const isLanguage = tagName === 'code' && name === 'class'
    if (isLanguage && !/^language-[\w.+#-]+$/.test(text)) return undefined
    if (!isLanguage && !allowedAttributes['*']?.includes(name) && !allowedAttributes[tagName]?.includes(name)) continue
    const value = withAbsoluteAddress(name, unescaped(text), base)
    if (value !== undefined) attributes.set(name, value)
  }
  return attributes
}

function opening(name: string, attributes: ReadonlyMap<string, string>): string {
  const written = [...attributes].map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`).join('')
  return `<${name}${written}${empty.has(name) ? ' />' : '>'}`
}

function unescaped(value: string): string {
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
