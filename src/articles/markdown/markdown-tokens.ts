import type { MarkdownIt, RendererRule, Token } from 'markdown-it'
import { escapeMarkup, escapeText } from '../../platform/html/escape.ts'
import { type LinkBase, resolveLink } from '../links/resolve-link.ts'
import { allowedAttributes, maxNesting, withAbsoluteAddress } from './allowed-html.ts'

/** What the render rules are told of the article. */
export type RenderEnv = {
  /** Two articles on one page, or in one digest, must not share the id of a note. */
  readonly docId: string
  readonly base: LinkBase
}

/**
 * Gives tokens the attributes that the sanitizer would leave, addresses absolute, so that what is rendered from them needs no
 * sanitizer. False, with nothing changed, where they hold what Markdown does not write by itself: HTML of the author's, a
 * token of another plugin, tags that do not match.
 */
export function cleanTokens(tokens: readonly Token[], markdown: MarkdownIt, base: LinkBase): boolean {
  const flat = tokens.flatMap((token) => [token, ...(token.children ?? [])])
  if (!isMarkdownAlone(flat, markdown)) return false
  for (const token of flat) {
    if (token.attrs) token.attrs = token.attrs.flatMap(([name, value]) => allowedAttribute(token.tag, name, String(value), base))
  }
  return true
}

const blocks = new Set('blockquote bullet_list code_block fence footnote_block heading hr inline ordered_list paragraph table'.split(' '))
const phrases = new Set('code_inline em footnote_anchor footnote_ref hardbreak image link s softbreak strong text'.split(' '))
const blocksStandIn: ReadonlySet<string | undefined> = new Set([undefined, 'blockquote', 'footnote', 'list_item'])
const inlineStandsIn: ReadonlySet<string | undefined> = new Set(['heading', 'paragraph', 'td', 'th'])
/** What is a part only of these. */
const wholes: ReadonlyMap<string, readonly string[]> = new Map([
  ['footnote', ['footnote_block']],
  ['list_item', ['bullet_list', 'ordered_list']],
  ['thead', ['table']],
  ['tbody', ['table']],
  ['tr', ['thead', 'tbody']],
  ['th', ['tr']],
  ['td', ['tr']],
])

/** A note within a note may close elements that it did not open: only the sanitizer puts that right. */
function isMarkdownAlone(tokens: readonly Token[], markdown: MarkdownIt): boolean {
  const open: string[] = []
  for (const token of tokens) {
    const name = token.type.replace(/_(?:open|close)$/, '')
    if (token.nesting === -1) {
      if (open.pop() !== name) return false
      continue
    }
    if (!mayStandIn(open.at(-1), name)) return false
    if (name === 'fence' && !isPlainLanguage(languageOf(token, markdown))) return false
    // A token is up to two elements: `pre` and `code`, `section` and `ol`.
    if ((open.length + 1) * 2 > maxNesting) return false
    if (token.nesting === 1) open.push(name)
  }
  return open.length === 0
}

/** Whether an element closes no other by where it stands, as a paragraph within a paragraph would. */
function mayStandIn(parent: string | undefined, name: string): boolean {
  if (phrases.has(name)) return parent !== 'link' || (name !== 'link' && name !== 'footnote_anchor')
  if (name === 'inline') return blocksStandIn.has(parent) || inlineStandsIn.has(parent)
  return blocks.has(name) ? blocksStandIn.has(parent) : (wholes.get(name)?.includes(parent ?? '') ?? false)
}

function allowedAttribute(tag: string, name: string, value: string, base: LinkBase): [string, string][] {
  if (!allowedAttributes['*']?.includes(name) && !allowedAttributes[tag]?.includes(name)) return []
  const kept = withAbsoluteAddress(name, value, base)
  return kept === undefined ? [] : [[name, kept]]
}

function languageOf({ info }: Token, { utils }: MarkdownIt): string {
  return utils.unescapeAll(info).trim().split(/\s/, 1)[0] ?? ''
}

/** Names of languages without signs: the sanitizer matches a class against a pattern, which other characters may not fit. */
function isPlainLanguage(language: string): boolean {
  return /^[\w.+#-]*$/.test(language)
}

/** Makes `markdown` write HTML as the sanitizer does: XHTML's void tags, quotes in text as they are, no classes but those of code. */
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
  // A picture that leads nowhere shows nothing.
  rules.image = (tokens, index, ...rest) => (tokens[index]?.attrGet('src') ? (image?.(tokens, index, ...rest) ?? '') : '')
  writeNotes(markdown)
}

function writeNotes({ renderer: { rules } }: MarkdownIt): void {
  const note = (write: (note: Note) => string): RendererRule => {
    return (tokens, index, _options, env) => write(noteOf(tokens[index]?.meta, env as RenderEnv))
  }
  rules.footnote_ref = note(({ address, name, number, again }) => {
    return `<sup><a href="${address(`fn${name}`)}" id="fnref${name}${again}">[${number}${again}]</a></sup>`
  })
  rules.footnote_block_open = () => '<hr />\n<section>\n<ol>\n'
  rules.footnote_open = note(({ name }) => `<li id="fn${name}">`)
  // A note is led back to by a sign that no mail program makes a picture of.
  rules.footnote_anchor = note(({ address, name, again }) => ` <a href="${address(`fnref${name}${again}`)}">\u21A9\uFE0E</a>`)
}

/** `meta` counts from 0: notes by `id`, references to the same note by `subId`, which a note in the text does not have. */
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
