import { decodeEntities } from '../../platform/html/decode.ts'
import { codeAsterisk, codeUnderscore } from '../../platform/placeholders.ts'
import { cleanLine } from '../../platform/text.ts'

/** Characters of a line of Latin text that are read in a minute are counted as words, those of CJK one by one. */
const wordsPerMinute = 230
const ideographsPerMinute = 500

const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu
const words = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu

/** Whole minutes that a body takes to read, at least 1. */
export function countReadMinutes(markdown: string): number {
  const ideographCount = markdown.match(ideographs)?.length ?? 0
  const wordCount = (ideographCount > 0 ? markdown.replace(ideographs, ' ') : markdown).match(words)?.length ?? 0
  return Math.max(1, Math.round(wordCount / wordsPerMinute + ideographCount / ideographsPerMinute))
}

/** How far into a body the opening paragraph is looked for, and how much of it becomes a description, in characters. */
const openingLength = 8_000
const descriptionLength = 240

/** The first paragraph of a body as plain text, cut at a word; empty where the body has none. */
export function openingParagraph(markdown: string): string {
  const paragraphs = markdown.slice(0, openingLength).split(/\n[ \t]*\n/)
  for (const paragraph of paragraphs) {
    // Headings, lists, quotes, code, tables, raw HTML and pictures do not say what an article is about.
    if (
      /^(?: {4}|\t)|^\s*(?:#{1,6}(?:\s|$)|[-*+] |\d+[.)] |>|```|~~~|\||<(?!\/?(?:p|span|strong|em|b|i|a|div|center|q|abbr|code)\b)|!\[[^\][]*\]\([^()]*\)\s*$|\[\^|={3}|-{3}|import |export |\{)/.test(
        paragraph,
      )
    )
      continue
    // Headings that are underlined, and tables without a first bar.
    if (/\n[ \t]*(?:[=-]{2,}|[:| \t-]*-[ \t]*\|[:| \t-]*)[ \t]*(?:\n|$)/.test(paragraph)) continue
    const text = cleanLine(withoutMarks(paragraph))
    if (text) return shorten(text)
  }
  return ''
}

/** A heading of the first rank that a body begins with, and where it stands. */
export function firstHeading(markdown: string): { readonly text: string; readonly start: number; readonly end: number } | undefined {
  const found =
    /^(?:[ \t]*\n|[ \t]*(?:import|export)\s[^\n]*\n|<!--[^\n]*?-->[ \t]*\n)*(?:#[ \t]+([^\n]+?)(?:[ \t]+#+)?[ \t]*(?:\n|$)|([^\n#>|<`{*+\-\s][^\n]*)\n=+[ \t]*(?:\n|$))/.exec(
      markdown.slice(0, openingLength),
    )
  const written = found?.[1] ?? found?.[2]
  if (!found || written === undefined) return undefined
  const text = plainTextOf(written.replace(/\s*\{:?\s*[#.][^{}]*\}\s*$/, ''))
  const lines = found[2] === undefined ? 1 : 2
  const start = found[0].replace(/\n$/, '').split('\n').slice(0, -lines).join('\n').length
  return text ? { text, start, end: found[0].length } : undefined
}

/** One line of Markdown or HTML without its marks. */
export function plainTextOf(markdown: string): string {
  return cleanLine(withoutMarks(markdown))
}

/** A title without the tags and entities that some write into one. Tags are those of a list: an HTML reader takes `Vec<String>` for one too. */
export function withoutTags(title: string): string {
  if (!/[<&{]/.test(title)) return title
  return cleanLine(
    decodeEntities(
      title
        .replace(/<\/?(?:a|b|br|code|em|i|mark|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?\/?>/gi, (tag) =>
          /^<br/i.test(tag) ? ' ' : '',
        )
        .replace(/\{\{[^{}]*\}\}|\{%[^{}]*%\}/g, '')
        .replaceAll('&nbsp;', ' '),
    ),
  )
}

function withoutMarks(paragraph: string): string {
  return decodeEntities(
    paragraph
      // Code keeps its `_` and `*`: marks that no cleaned text holds stand in for them.
      .replace(/`[^`\n]+`/g, (code) => code.replaceAll('_', codeUnderscore).replaceAll('*', codeAsterisk))
      .replace(/\[\^[^\][\n]*\]|\\(?=\n)/g, '')
      .replace(/!?\[([^\][]*)\](?:\([^()]*\)|\[[^\][]*\])?/g, '$1')
      // Markdown, not HTML: what is an autolink there, or a type, is a tag to an HTML reader.
      .replace(/<[^<>]*>/g, '')
      .replace(/[*`]+|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '')
      .replace(/\\([\\`*_{}[\]()#+.!-])/g, '$1')
      .replaceAll(codeUnderscore, '_')
      .replaceAll(codeAsterisk, '*'),
  ).replace(/\s+/g, ' ')
}

export function shorten(text: string): string {
  if (text.length <= descriptionLength) return text
  const cut = text.slice(0, descriptionLength)
  const end = cut.lastIndexOf(' ')
  return `${cut.slice(0, end > descriptionLength / 2 ? end : descriptionLength).toWellFormed()}…`
}
