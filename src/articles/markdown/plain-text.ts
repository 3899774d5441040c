import type { Env, MarkdownIt, Token } from 'markdown-it'
import { cleanLine, cleanText } from '../../platform/text.ts'
import { type Dialects, isMdx } from '../dialects/body-context.ts'
import { normaliseBody } from '../dialects/normalise-body.ts'
import { markdownParser, statedId } from './markdown-parser.ts'
import { inlineTokens, isEmbed, textOfHtml, textOfInline } from './token-text.ts'

/** Reading speed. Latin text is counted in words, CJK text in characters. */
const wordsPerMinute = 230
const ideographsPerMinute = 500

const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu
const words = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu

/** How a text is read: the file it is in, and the dialects of its folder. */
export interface TextContext {
  readonly path: string
  readonly dialects: Dialects
}

/** Whole minutes that a text takes to read, at least 1. */
export function countReadMinutes(text: string): number {
  const ideographCount = text.match(ideographs)?.length ?? 0
  const wordCount = (ideographCount > 0 ? text.replace(ideographs, ' ') : text).match(words)?.length ?? 0
  return Math.max(1, Math.round(wordCount / wordsPerMinute + ideographCount / ideographsPerMinute))
}

/** All text of a body as readers see it, code included. */
export function bodyText(body: string, context: TextContext): string {
  const { tokens, markdown, env } = readBlocks(body, context)
  const texts = tokens.map((token) => {
    if (token.type === 'inline') return textOfInline(inlineTokens(token.content, markdown, env))
    if (token.type === 'html_block') return textOfHtml(token.content, Number.NEGATIVE_INFINITY).text
    return token.type === 'fence' || token.type === 'code_block' ? token.content : ''
  })
  return texts.filter(Boolean).join('\n')
}

interface Blocks {
  readonly tokens: readonly Token[]
  readonly markdown: MarkdownIt
  readonly env: Env
}

/** Parses the blocks only; what stands in them is parsed where it is needed. */
function readBlocks(body: string, context: TextContext): Blocks {
  return parseBlocks(normalised(body, context), context)
}

function parseBlocks(text: string, { path }: TextContext): Blocks {
  const markdown = markdownParser(isMdx(path))
  const tokens: Token[] = []
  const env: Env = {}
  markdown.block.parse(text.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD'), markdown, env, tokens)
  return { tokens, markdown, env }
}

function normalised(body: string, { path, dialects }: TextContext): string {
  return normaliseBody(cleanText(body), { path, dialects, params: new Map(), addressOf: () => '/' })
}

/** In characters: how far into a body the opening is searched, a short way first. */
const openingLengths = [2_000, 16_000, 64_000]
const descriptionLength = 240

/** The first paragraph of a body as plain text, cut at a word. Without one, its first words. */
export function openingParagraph(body: string, context: TextContext): string {
  for (const length of openingLengths) {
    const blocks = readBlocks(body.slice(0, length), context)
    const { text, isLast, isParagraph } = openingOf(blocks, body, context)
    const isWhole = body.length <= length
    // The last block may go on behind the cut.
    if (isWhole || length === openingLengths.at(-1) || (isParagraph && (!isLast || text.length > descriptionLength))) return shorten(text)
  }
  return ''
}

interface OpeningText {
  readonly text: string
  readonly isParagraph: boolean
  readonly isLast: boolean
}

function openingOf({ tokens, markdown, env }: Blocks, body: string, context: TextContext): OpeningText {
  let depth = 0
  let firstWords = ''
  let isFootnote = false
  let whole: Env | undefined
  // Addresses and notes may be defined at the end of the body.
  const wholeEnv = () => {
    whole ??= parseBlocks(body, context).env
    return whole
  }
  for (const [index, token] of tokens.entries()) {
    if (/^footnote_(?:reference_)?(?:open|close)$/.test(token.type)) isFootnote = token.nesting === 1
    if (token.type === 'html_block') {
      const { text, opened } = textOfHtml(token.content, depth)
      depth = Math.max(0, depth + opened)
      if (text !== '' && token.level === 0) return { text, isParagraph: true, isLast: index === tokens.length - 1 }
    }
    if (token.type !== 'inline' || isFootnote) continue
    const inline = inlineTokens(token.content, markdown, hasReference(token.content) ? wholeEnv() : env)
    const text = textOfInline(inline)
    const opener = tokens[index - 1]
    const isTop = opener?.type === 'paragraph_open' && opener.level === 0 && depth === 0
    if (isTop && text !== '' && !isEmbed(inline)) return { text, isParagraph: true, isLast: index >= tokens.length - 2 }
    if (firstWords.length <= descriptionLength && !isEmbed(inline)) firstWords = cleanLine(`${firstWords} ${text}`)
  }
  return { text: firstWords, isParagraph: false, isLast: true }
}

/** Whether a text may use an address that stands elsewhere: `[here][1]`. */
function hasReference(content: string): boolean {
  return /\](?![({])/.test(content)
}

/** The level-1 heading at the beginning of a body, with its range. */
export function firstHeading(
  body: string,
  context: TextContext,
): { readonly text: string; readonly start: number; readonly end: number } | undefined {
  const opening = body.slice(0, openingLengths[0])
  if (!/^\s{0,1000}(?:#|[<{[]|import\s|export\s|%%|[^\n]{1,1000}(?:\r?\n[^\n]{1,1000}){0,4}?\r?\n {0,3}=)/.test(opening)) return undefined
  const { tokens, markdown, env } = parseBlocks(cleanText(opening).length === opening.length ? opening : cleanText(opening), context)
  for (const [index, token] of tokens.entries()) {
    const content = tokens[index + 1]?.content ?? ''
    if (token.type === 'heading_open' && token.tag === 'h1' && token.level === 0 && token.map) {
      const shown = normalised(withoutList(statedId(content)?.text ?? content), context).trim()
      const text = textOfInline(inlineTokens(shown, markdown, env))
      return text === '' ? undefined : { text, start: offsetOf(body, token.map[0]), end: offsetOf(body, token.map[1]) }
    }
    // What shows nothing may stand above the title: comments, imports, a template tag.
    const isShown = /_open$|^(?:fence|code_block|hr)$/.test(token.type) && token.type !== 'paragraph_open'
    if (isShown || ((token.type === 'html_block' || token.type === 'inline') && normalised(token.content, context).trim() !== ''))
      return undefined
  }
  return undefined
}

/** A heading without the attributes that kramdown, Goldmark and others write behind it. */
function withoutList(heading: string): string {
  const text = heading.trimEnd()
  const open = text.endsWith('}') ? text.lastIndexOf('{') : -1
  return open > 0 && /^\{:?\s?[#.][^{}]{1,200}\}$/.test(text.slice(open)) ? text.slice(0, open).trimEnd() : heading
}

/** Index of the first character of a line, counted from 0. */
function offsetOf(body: string, line: number): number {
  const ends = /\r\n?|\n/g
  for (let left = line; left > 0; left--) if (!ends.exec(body)) return body.length
  return ends.lastIndex
}

/** A text of Markdown or HTML as one line of plain text. */
export function plainTextOf(text: string, context: TextContext): string {
  const { tokens, markdown, env } = readBlocks(text, context)
  const texts = tokens.map((token) => {
    if (token.type === 'html_block') return textOfHtml(token.content, Number.NEGATIVE_INFINITY).text
    return token.type === 'inline' ? textOfInline(inlineTokens(token.content, markdown, env)) : ''
  })
  return cleanLine(texts.filter(Boolean).join(' '))
}

export function shorten(text: string): string {
  if (text.length <= descriptionLength) return text
  const cut = text.slice(0, descriptionLength)
  const end = cut.lastIndexOf(' ')
  return `${cut.slice(0, end > descriptionLength / 2 ? end : descriptionLength).toWellFormed()}…`
}
