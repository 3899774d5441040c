import { convert, type FormatCallback } from 'html-to-text'

/** Columns: the 78 of RFC 5322 §2.1.1, less two for a quotation mark. */
const columns = 76

const near = { leadingLineBreaks: 1, trailingLineBreaks: 1 }
const apart = { leadingLineBreaks: 2, trailingLineBreaks: 2 }

/**
 * Makes the plain-text part from the HTML part, so that one template serves both. Classes control the text: `a.bare` omits the
 * address, `a.line` is on a line of its own, `.apart` has empty lines around it, `.rule` is a rule, `.unsaid` is omitted,
 * `img.logo` is its alt text, `table.data` is set in columns.
 */
export function makeText(html: string): string {
  const text = convert(html, {
    wordwrap: columns,
    // Without the zero-width space, which some scripts need.
    whitespaceCharacters: ' \t\r\n\f',
    baseElements: { selectors: ['body'] },
    formatters: { link, linkLine, linkBelow, picture, words, rule },
    selectors: [
      { selector: 'a', format: 'link' },
      { selector: 'a.bare', format: 'inline' },
      { selector: 'a.line', format: 'linkLine' },
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
      ...['pre', 'blockquote'].map((selector) => ({ selector, options: apart })),
      ...['figure', 'dl'].map((selector) => ({ selector, format: 'block', options: apart })),
      ...['dt', 'dd', 'figcaption', 'caption'].map((selector) => ({ selector, format: 'block', options: near })),
      ...['ul', 'ol'].map((selector) => ({ selector, options: { ...apart, itemPrefix: '- ' } })),
      { selector: 'hr', format: 'rule' },
      { selector: 'table.data', format: 'dataTable', options: { ...apart, uppercaseHeaderCells: false, colSpacing: 2 } },
      ...['h1', 'h2', 'h3', 'h4'].map((selector) => ({
        selector,
        format: 'block',
        options: { leadingLineBreaks: 1, trailingLineBreaks: 2 },
      })),
    ],
  })
  return `${text.replace(/[ \t]+$/gm, '').trim()}\n`
}

/** All line breaks of Unicode, and the white space of HTML. Keeps the no-break space. */
const lineBreaksAndSpaces = /[ \t\n\v\f\r\u0085\u2028\u2029]+/g

/** Makes one line of text, such as a subject, from HTML. */
export function makeLine(html: string): string {
  return convert(html, { wordwrap: false, whitespaceCharacters: ' \t\r\n\f' }).replace(lineBreaksAndSpaces, ' ').trim()
}

const link: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder)
  const address = element.attribs?.href
  // Omits addresses of places in this email, and addresses that are their own text.
  if (address && !address.startsWith('#') && address !== wordsOf(element)) builder.addInline(` (${address})`, { noWordTransform: true })
}

function wordsOf({ children }: Parameters<FormatCallback>[0]): string {
  return children
    .map((child) => (child.type === 'text' ? (child.data ?? '') : ''))
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

const linkBelow: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder)
  const address = element.attribs?.href
  if (!address) return
  builder.openBlock({ leadingLineBreaks: 1 })
  builder.addInline(address, { noWordTransform: true })
  builder.closeBlock({ trailingLineBreaks: 1 })
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
