import type { Env, MarkdownIt, Token } from 'markdown-it'
import { decodeEntities } from '../../platform/html/decode.ts'
import { cleanLine, isVisible } from '../../platform/text.ts'

/** Parses the content of an inline token. Skips linkification, which does not change the text. */
export function inlineTokens(content: string, markdown: MarkdownIt, env: Env): Token[] {
  const tokens: Token[] = []
  markdown.inline.parse(content, markdown, env, tokens)
  return tokens
}

/** The text of inline tokens as readers see it, on one line. Pictures count only where there is nothing else. */
export function textOfInline(tokens: readonly Token[]): string {
  const text = oneLine(joined(tokens, false))
  return !isVisible(text) ? oneLine(joined(tokens, true)) : text
}

/** Whether there is nothing but pictures, and addresses that stand for embeds. */
export function isEmbed(tokens: readonly Token[]): boolean {
  return oneLine(joined(tokens, false))
    .split(' ')
    .every((word) => word === '' || /^https?:\/\//.test(word))
}

function oneLine(text: string): string {
  return cleanLine(text).replace(/\s+/g, ' ')
}

function joined(tokens: readonly Token[], withPictures: boolean): string {
  const dropped = droppedTags(tokens)
  let text = ''
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'softbreak' || token.type === 'hardbreak') text += ' '
    else if (token.type === 'image') text += withPictures ? joined(token.children ?? [], true) : ''
    else if (token.type === 'html_inline') text += dropped.has(index) ? (/^<br/i.test(token.content) ? ' ' : '') : token.content
    else if (token.type === 'text') text += token.content.replace(/\[\^[^\][\s]{1,100}\]/g, '')
    else if (token.type === 'text_special' || token.type === 'code_inline') text += token.content
  }
  return text
}

/** Tags that are no text: complete pairs, elements without an end, and everything that is no phrase. A single `<del>` is a word. */
function droppedTags(tokens: readonly Token[]): Set<number> {
  const dropped = new Set<number>()
  const open = new Map<string, number[]>()
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'html_inline') continue
    const [, slash, name = '', end] = /^<(\/?)([A-Za-z][\w.:-]*)[\s\S]*?(\/?)>$/.exec(token.content) ?? []
    const key = name.toLowerCase()
    if (name === '' || end === '/' || isBlockOrVoid(key)) dropped.add(index)
    else if (slash !== '/') open.set(key, [...(open.get(key) ?? []).slice(-20), index])
    else {
      const opener = open.get(key)?.pop()
      if (opener === undefined) continue
      dropped.add(opener)
      dropped.add(index)
    }
  }
  return dropped
}

function isBlockOrVoid(name: string): boolean {
  return /^(?:br|wbr|img|hr|input|p|div|center|section|article|header|footer|main|nav|aside|figure|figcaption|details|summary|ul|ol|li|table|t[rdh]|thead|tbody|h[1-6]|blockquote|script|style|noscript|source|picture|video|audio)$/.test(
    name,
  )
}

/** Elements that set their content apart from the text of the article. */
const apart = /^(?:aside|blockquote|button|details|dl|figure|h[1-6]|nav|ol|pre|script|select|style|svg|table|ul)$/

/** What a block of raw HTML says. */
export interface HtmlText {
  /** The first text that is not in an element set apart. */
  readonly text: string
  /** How many of such elements it opens, less those it closes. */
  readonly opened: number
}

/** Reads a block of raw HTML that may open elements which a later block closes. `depth`: of elements set apart before it. */
export function textOfHtml(html: string, depth: number): HtmlText {
  let opened = 0
  let text = ''
  let isFull = false
  const add = (written: string) => {
    if (depth + opened <= 0 && !isFull) text += written
  }
  // Browsers read `<!…>` and `<?…>` as comments that end at the first `>`.
  const part = /<!--[\s\S]*?(?:-->|$)|<[!?][^>]*(?:>|$)|<(\/?)([A-Za-z][\w-]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>|<|[^<]+/g
  for (const [written, slash, name] of html.matchAll(part)) {
    if (name === undefined) {
      if (!written.startsWith('<')) add(written)
      continue
    }
    const key = name.toLowerCase()
    if (apart.test(key) && !written.endsWith('/>')) opened += slash === '/' ? -1 : 1
    else if (/^(?:br|p|div|li|td)$/.test(key)) {
      add(' ')
      // The first paragraph is enough.
      if (slash === '/' && text.trim() !== '') isFull = true
    }
  }
  return { text: oneLine(decodeEntities(text)), opened }
}
