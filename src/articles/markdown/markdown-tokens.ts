import type { MarkdownIt, RendererRule, Token } from 'markdown-it'
import { escapeMarkup, escapeText } from '../../platform/html/escape.ts'
import { type LinkBase, resolveLink } from '../links/resolve-link.ts'
import { allowedAttributes, maxNesting, withAbsoluteAddress } from './allowed-html.ts'

/** Context of the render rules. */
export type RenderEnv = {
  /** Prefix of footnote ids. Unique, because one page or digest may contain several articles. */
  readonly docId: string
  readonly base: LinkBase
}

/**
 * Keeps only the attributes that the sanitizer allows and makes addresses absolute, so the output needs no sanitizer.
 * Returns false, and changes nothing, if the tokens contain raw HTML, unknown tokens or tags that do not match.
 */
export function cleanTokens(tokens: readonly Token[], markdown: MarkdownIt, base: LinkBase): boolean {
  const flat = tokens.flatMap((token) => [token, ...(token.children ?? [])])
  if (!isPlainMarkdown(flat, markdown)) return false
  for (const token of flat) {
    if (token.attrs) token.attrs = token.attrs.flatMap(([name, value]) => allowedAttribute(token.tag, name, String(value), base))
  }
  return true
}

const blocks = new Set('blockquote bullet_list code_block fence footnote_block heading hr inline ordered_list paragraph table'.split(' '))
const phrases = new Set('code_inline em footnote_anchor footnote_ref hardbreak image link s softbreak strong text'.split(' '))
const rendersLink = new Set(['link', 'footnote_anchor', 'footnote_ref'])
const blockParents: ReadonlySet<string | undefined> = new Set([undefined, 'blockquote', 'footnote', 'list_item'])
const inlineParents: ReadonlySet<string | undefined> = new Set(['heading', 'paragraph', 'td', 'th'])
/** Token → the only parents it may have. */
const requiredParents: ReadonlyMap<string, readonly string[]> = new Map([
  ['footnote', ['footnote_block']],
  ['list_item', ['bullet_list', 'ordered_list']],
  ['thead', ['table']],
  ['tbody', ['table']],
  ['tr', ['thead', 'tbody']],
  ['th', ['tr']],
  ['td', ['tr']],
])

/** Rejects unbalanced tokens too: nested footnotes may cause them, and only the sanitizer repairs them. */
function isPlainMarkdown(tokens: readonly Token[], markdown: MarkdownIt): boolean {
  const open: string[] = []
  for (const token of tokens) {
    const name = token.type.replace(/_(?:open|close)$/, '')
    if (token.nesting === -1) {
      if (open.pop() !== name) return false
      continue
    }
    if (!mayBeIn(open.at(-1), name)) return false
    // A link inside a link, at any depth, would end the outer one.
    if (rendersLink.has(name) && open.includes('link')) return false
    if (name === 'fence' && !isPlainLanguage(languageOf(token, markdown))) return false
    // A token renders up to two elements: `pre` and `code`, `section` and `ol`.
    if ((open.length + 1) * 2 > maxNesting) return false
    if (token.nesting === 1) open.push(name)
  }
  return open.length === 0
}

/** Whether `name` is allowed inside `parent`. A paragraph inside a paragraph, for example, would close the outer one. */
function mayBeIn(parent: string | undefined, name: string): boolean {
  if (phrases.has(name)) return true
  if (name === 'inline') return blockParents.has(parent) || inlineParents.has(parent)
  return blocks.has(name) ? blockParents.has(parent) : (requiredParents.get(name)?.includes(parent ?? '') ?? false)
}

function allowedAttribute(tag: string, name: string, value: string, base: LinkBase): [string, string][] {
  if (!allowedAttributes['*']?.includes(name) && !allowedAttributes[tag]?.includes(name)) return []
  const kept = withAbsoluteAddress(name, value, base)
  return kept === undefined ? [] : [[name, kept]]
}

function languageOf({ info }: Token, { utils }: MarkdownIt): string {
  return utils.unescapeAll(info).trim().split(/\s/, 1)[0] ?? ''
}

/** Whether the class `language-…` matches the sanitizer's pattern. */
function isPlainLanguage(language: string): boolean {
  return /^[\w.+#-]*$/.test(language)
}

/** Makes `markdown` write what the sanitizer writes: XHTML void tags, plain quotes in text, and classes only on code. */
export function writeAsSanitized(markdown: MarkdownIt): void {
  markdown.set({ xhtmlOut: true })
  const { rules } = markdown.renderer
  const content = (tokens: readonly Token[], index: number) => escapeText(tokens[index]?.content ?? '')
  rules.text = content
  rules.code_inline = (tokens, index) => `<code>${content(tokens, index)}</code>`
  rules.code_block = (tokens, index) => `<pre><code>${content(tokens, index)}</code></pre>\n`
  rules.fence = (tokens, index) => {
    const language = tokens[index] ? languageOf(tokens[index], markdown) : ''
    const written = language === '' ? '' : ` class="language-${escapeMarkup(language)}"`
    return `<pre><code${written}>${content(tokens, index)}</code></pre>\n`
  }
  const { image } = rules
  // A picture without an allowed address is left out.
  rules.image = (tokens, index, ...rest) => (tokens[index]?.attrGet('src') ? (image?.(tokens, index, ...rest) ?? '') : '')
  writeFootnotes(markdown)
}

function writeFootnotes({ renderer: { rules } }: MarkdownIt): void {
  const note = (write: (note: Note) => string): RendererRule => {
    return (tokens, index, _options, env) => write(noteOf(tokens[index]?.meta, env as RenderEnv))
  }
  rules.footnote_ref = note(({ address, name, number, again }) => {
    return `<sup><a href="${address(`fn${name}`)}" id="fnref${name}${again}">[${number}${again}]</a></sup>`
  })
  rules.footnote_block_open = () => '<hr />\n<section>\n<ol>\n'
  rules.footnote_open = note(({ name }) => `<li id="fn${name}">`)
  // U+FE0E keeps mail programs from showing the arrow as an emoji.
  rules.footnote_anchor = note(({ address, name, again }) => ` <a href="${address(`fnref${name}${again}`)}">\u21A9\uFE0E</a>`)
}

/** `meta` counts from 0: footnotes by `id`, repeated references by `subId`. Inline footnotes have no `subId`. */
function noteOf(meta: Token['meta'] | undefined, { docId, base }: RenderEnv) {
  const number = Number(meta?.id) + 1
  const reference = Number(meta?.subId ?? 0)
  return {
    number,
    name: `-${docId}-${number}`,
    again: reference > 0 ? `:${reference}` : '',
    address: (fragment: string) => escapeMarkup(resolveLink(`#${fragment}`, base) ?? ''),
  }
}

type Note = ReturnType<typeof noteOf>
