import { convert, type FormatCallback } from 'html-to-text'
import { quotedLine, titleLine, unwrappedLine } from '../platform/placeholders.ts'
import { fileNameOf } from './media-links.ts'
import { columns, layLines } from './text-lines.ts'
import { dataTable } from './text-table.ts'

const near = { leadingLineBreaks: 1, trailingLineBreaks: 1 }
const apart = { leadingLineBreaks: 2, trailingLineBreaks: 2 }

/** By level: what underlines a title. */
const underlines: Readonly<Record<string, string>> = { h1: '=', h2: '-', h3: '~', h4: '.' }

/**
 * Makes the plain-text part from the HTML part, so that one template serves both. Classes control the text: `a.bare` omits the
 * address, `a.line` is on a line of its own, `.apart` has empty lines around it, `.item` begins with a dash, `.rule` is a rule,
 * `.unsaid` is omitted, `img.logo` is its alt text, `table.data` is set in columns.
 */
export function makeText(html: string): string {
  const text = convert(html, {
    // Wrapped by layLines, which knows the width of characters.
    wordwrap: false,
    // Without the zero-width space, which some scripts need.
    whitespaceCharacters: ' \t\r\n\f',
    baseElements: { selectors: ['body'] },
    formatters: { link, linkLine, linkBelow, media, picture, words, rule, title, quotation, item, raised, lowered, code, dataTable },
    selectors: [
      { selector: 'a', format: 'link' },
      { selector: 'a.bare', format: 'inline' },
      { selector: 'a.line', format: 'linkLine' },
      { selector: 'a.media', format: 'media' },
      { selector: 'td > a', format: 'linkLine' },
      { selector: 'h2 > a.line', format: 'linkBelow' },
      { selector: 'img', format: 'picture' },
      { selector: 'img.logo', format: 'words' },
      { selector: 'img.unsaid', format: 'skip' },
      { selector: '.unsaid', format: 'skip' },
      { selector: 'table', format: 'block' },
      { selector: '.rule', format: 'rule' },
      { selector: 'p', options: near },
      { selector: 'p.apart', format: 'block', options: apart },
      { selector: '.item', format: 'item' },
      { selector: 'sup', format: 'raised' },
      { selector: 'sub', format: 'lowered' },
      { selector: 'blockquote', format: 'quotation' },
      { selector: 'pre', format: 'code' },
      ...['figure', 'dl'].map((selector) => ({ selector, format: 'block', options: apart })),
      ...['dt', 'dd', 'figcaption', 'caption'].map((selector) => ({ selector, format: 'block', options: near })),
      ...['ul', 'ol'].map((selector) => ({ selector, options: { ...apart, itemPrefix: '- ' } })),
      { selector: 'hr', format: 'rule' },
      { selector: 'table.data', format: 'dataTable' },
      ...Object.keys(underlines).map((selector) => ({ selector, format: 'title' })),
    ],
  })
  return `${layLines(text)
    .replace(/[ \t]+$/gm, '')
    // It kept the mark with the next word of its line.
    .replace(/·\u00A0/g, '· ')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

/** All line breaks of Unicode, and the white space of HTML. Keeps the no-break space. */
const lineBreaksAndSpaces = /[ \t\n\v\f\r\u0085\u2028\u2029]+/g

/** Makes one line of text, such as a subject, from HTML. */
export function makeLine(html: string): string {
  return convert(html, { wordwrap: false, whitespaceCharacters: ' \t\r\n\f' }).replace(lineBreaksAndSpaces, ' ').trim()
}

type DomNode = Parameters<FormatCallback>[0]

const link: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder)
  const address = element.attribs?.href
  // Omits addresses of places in this email, and addresses that are their own text.
  if (address && !address.startsWith('#') && address !== wordsOf(element)) builder.addInline(` (${address})`, { noWordTransform: true })
}

function wordsOf({ children }: DomNode): string {
  return (children ?? [])
    .map((child: DomNode) => (child.type === 'text' ? (child.data ?? '') : wordsOf(child)))
    .join('')
    .trim()
}

const linkLine: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 })
  // MJML writes a line break after a button's label.
  const last = element.children.at(-1)
  if (last?.type === 'text') last.data = last.data?.trimEnd() ?? ''
  walk(element.children, builder)
  const address = element.attribs?.href
  if (address) builder.addInline(`: ${address}`, { noWordTransform: true })
  builder.closeBlock({ trailingLineBreaks: 1 })
}

/** `Watch: The bore (https://…)` on a line of its own; `Watch: https://…` if the name is that of the file. */
const media: FormatCallback = (element, walk, builder, formatOptions) => {
  const address = element.attribs?.href ?? ''
  const words = wordsOf(element)
  const name = fileNameOf(address)
  const label = words.endsWith(name) ? words.slice(0, words.length - name.length) : ''
  builder.openBlock({ leadingLineBreaks: 1 })
  // Languages write the colon in their own way: `Regarder : `, `视频：`.
  if (/[:：]\s*$/.test(label)) builder.addInline(label + address, { noWordTransform: true })
  else link(element, walk, builder, formatOptions)
  builder.closeBlock({ trailingLineBreaks: 1 })
}

const linkBelow: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder)
  const address = element.attribs?.href
  if (!address) return
  builder.openBlock({ leadingLineBreaks: 1 })
  builder.addInline(unwrappedLine + address, { noWordTransform: true })
  builder.closeBlock({ trailingLineBreaks: 1 })
}

/** Marks the lines of a title, except that of its address, so that layLines underlines them. */
const title: FormatCallback = (element, walk, builder) => {
  const underline = underlines[element.name ?? ''] ?? '-'
  builder.openBlock({ leadingLineBreaks: 2 })
  walk(element.children, builder)
  builder.closeBlock({
    trailingLineBreaks: 2,
    blockTransform: (text) => text.replace(/^.+$/gm, (line) => (line.includes(unwrappedLine) ? line : titleLine + underline + line)),
  })
}

const quotation: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2, reservedLineLength: 2 })
  walk(element.children, builder)
  builder.closeBlock({
    trailingLineBreaks: 2,
    blockTransform: (text) => text.replace(/^\n+|\n+$/g, '').replace(/^/gm, `> ${quotedLine}`),
  })
}

const code: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ isPre: true, leadingLineBreaks: 2 })
  walk(element.children, builder)
  builder.closeBlock({ trailingLineBreaks: 2, blockTransform: (text) => text.replace(/^/gm, unwrappedLine) })
}

const item: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 })
  builder.addInline('- ', {})
  walk(element.children, builder)
  builder.closeBlock({ trailingLineBreaks: 1 })
}

/** `x^2`, `x^(n+1)`, `1st`, and `[1]` for a note. */
const raised: FormatCallback = (element, walk, builder) => {
  const text = wordsOf(element)
  const isNote = element.children.some((child: DomNode) => child.attribs?.class === 'note')
  if (isNote && /^\d/.test(text)) builder.addInline(`[${text}]`, {})
  // Ordinals, trade marks and notes in brackets read well as they are.
  else if (text === '' || /^(?:st|nd|rd|th|er|re|e|ème|o|a|º|ª|tm|sm|™|®|©|℠|[[(].*[\])]|[*†‡§]+)$/iu.test(text))
    walk(element.children, builder)
  else builder.addInline(/^[-+−]?[\p{L}\p{N}]+$/u.test(text) ? `^${text}` : `^(${text})`, {})
}

/** `H2O`, `x_i`. */
const lowered: FormatCallback = (element, walk, builder) => {
  const text = wordsOf(element)
  if (text === '' || /^\d+$/.test(text)) walk(element.children, builder)
  else builder.addInline(/^[\p{L}\p{N}]+$/u.test(text) ? `_${text}` : `_(${text})`, {})
}

const picture: FormatCallback = (element, _walk, builder) => {
  const alt = element.attribs?.alt?.trim()
  if (!alt) return
  builder.openBlock({ leadingLineBreaks: 2 })
  builder.addInline(`[${alt}]`, {})
  builder.closeBlock({ trailingLineBreaks: 2 })
}

/** A picture that replaces text, such as a logo. */
const words: FormatCallback = (element, _walk, builder) => {
  builder.addInline(element.attribs?.alt ?? '', {})
}

const rule: FormatCallback = (_element, _walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 })
  builder.addInline('-'.repeat(columns), {})
  builder.closeBlock({ trailingLineBreaks: 2 })
}
