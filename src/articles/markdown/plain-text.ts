import { decodeEntities } from '../../platform/html/decode.ts'
import { codeAsterisk, codeUnderscore } from '../../platform/placeholders.ts'
import { cleanLine } from '../../platform/text.ts'

/** Reading speed. Latin text is counted in words, CJK text in characters. */
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

/** In characters: how far into a body the opening is searched, and the longest description made from it. */
const openingLength = 8_000
const descriptionLength = 240

/** The first paragraph of a body as plain text, cut at a word. Empty if the body has none. */
export function openingParagraph(markdown: string): string {
  const paragraphs = markdown.slice(0, openingLength).split(/\n[ \t]*\n/)
  for (const paragraph of paragraphs) {
    // Skip headings, lists, quotes, code, tables, raw HTML and pictures.
    if (
      /^(?: {4}|\t)|^\s*(?:#{1,6}(?:\s|$)|[-*+] |\d+[.)] |>|```|~~~|\||<(?!\/?(?:p|span|strong|em|b|i|a|div|center|q|abbr|code)\b)|!\[[^\][]*\]\([^()]*\)\s*$|\[\^|={3}|-{3}|import |export |\{)/.test(
        paragraph,
      )
    )
      continue
    // Skip underlined headings, and tables without a leading bar.
    if (/\n[ \t]*(?:[=-]{2,}|[:| \t-]*-[ \t]*\|[:| \t-]*)[ \t]*(?:\n|$)/.test(paragraph)) continue
    const text = cleanLine(withoutMarkup(paragraph))
    if (text) return shorten(text)
  }
  return ''
}

/** The level-1 heading at the beginning of a body, with its range. */
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

/** One line of Markdown or HTML as plain text. */
export function plainTextOf(markdown: string): string {
  return cleanLine(withoutMarkup(markdown))
}

/** A title without HTML tags and entities. Removes only listed tags, because an HTML parser would remove `Vec<String>` too. */
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

function withoutMarkup(paragraph: string): string {
  return decodeEntities(
    paragraph
      // Placeholders that cleaned text never contains protect `_` and `*` in code.
      .replace(/`[^`\n]+`/g, (code) => code.replaceAll('_', codeUnderscore).replaceAll('*', codeAsterisk))
      .replace(/\[\^[^\][\n]*\]|\\(?=\n)/g, '')
      .replace(/!?\[([^\][]*)\](?:\([^()]*\)|\[[^\][]*\])?/g, '$1')
      // A pattern, because an HTML parser would also take autolinks and types for tags.
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
