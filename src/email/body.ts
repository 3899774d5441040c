import sanitizeHtml from 'sanitize-html'
import { readHtml } from '../platform/html/read.ts'
import type { BodyValues, PictureValues } from './email.ts'

/** The text of an article as a template may set it. */
export interface Body {
  readonly html: string
  /** Whether there is more of it on the site. */
  readonly is_cut: boolean
}

const kept =
  'a abbr b bdi bdo blockquote br caption cite code col colgroup dd del dfn dl dt em figcaption figure h3 h4 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub sup table tbody td tfoot th thead time tr u ul var wbr'.split(
    ' ',
  )

/** Below the titles of mail and article; mail needs no more than two levels. */
const renamed: Readonly<Record<string, string>> = { h1: 'h3', h2: 'h3', h3: 'h4', h4: 'h4', h5: 'h4', h6: 'h4', summary: 'h4' }

/** What no mail program plays, and what a reader is offered instead. */
const played: Readonly<Record<string, string>> = { audio: 'Listen', video: 'Watch' }

const columnWidth = 544

/**
 * The text of an article with only what mail programs can show: pictures of known size, headings below those of the mail,
 * recordings as links. How it looks is said by the template, for the classes and tags that stand here.
 */
export function bodyForMail({ html, limit, pictures }: BodyValues): Body {
  const { text, isCut } = cutBetweenBlocks(html, limit)
  const byOriginal = new Map(pictures.map((picture) => [picture.original, picture]))
  return { html: sanitizeHtml(text, rules(byOriginal)).trim(), is_cut: isCut }
}

function rules(pictures: ReadonlyMap<string, PictureValues>): sanitizeHtml.IOptions {
  return {
    allowedTags: kept,
    allowedAttributes: {
      '*': ['dir', 'lang'],
      a: ['href', 'class'],
      col: ['span'],
      img: ['src', 'alt', 'width', 'height', 'class'],
      li: ['value'],
      ol: ['start', 'reversed', 'type'],
      p: ['class'],
      table: ['class'],
      td: ['colspan', 'rowspan', 'align'],
      th: ['colspan', 'rowspan', 'align', 'scope'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    transformTags: {
      img: (_tag, { src = '', alt = '' }) => ({ tagName: 'img', attribs: { src, alt, ...sizeAndSource(pictures.get(src)) } }),
      // What the text alternative parts by an empty line, and what it sets in columns (plain-text.ts).
      p: (tagName, attribs) => ({ tagName, attribs: { ...attribs, class: 'apart' } }),
      table: (tagName, attribs) => ({ tagName, attribs: { ...attribs, class: 'data' } }),
      ...Object.fromEntries(Object.entries(renamed).map(([from, to]) => [from, to])),
      ...Object.fromEntries(
        Object.entries(played).map(([tag, label]) => [
          tag,
          (_tag: string, { src = '' }: sanitizeHtml.Attributes) =>
            src === '' ? { tagName: 'span', attribs: {} } : { tagName: 'a', attribs: { href: src, class: 'line' }, text: label },
        ]),
      ),
    },
    exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !attribs.src,
  }
}

/**
 * Widths are attributes, which Outlook goes by. A picture whose size is not known is as wide as the column there, however wide
 * it is, and in other programs its own size, which the template's style for `unsized` brings back.
 */
function sizeAndSource(picture: PictureValues | undefined): Record<string, string> {
  const unsized = { width: String(columnWidth), class: 'picture unsized' }
  if (!picture) return unsized
  const { url, width, height } = picture
  if (width === null || height === null) return { src: url, ...unsized }
  return { src: url, width: String(Math.min(width, columnWidth)), height: String(height), class: 'picture' }
}

/** At the end of a block that stands in no other, no further than `limit`. What is not cut is returned as it was. */
function cutBetweenBlocks(html: string, limit: number): { text: string; isCut: boolean } {
  if (html.length <= limit) return { text: html, isCut: false }
  let depth = 0
  let end = 0
  for (const part of readHtml(html)) {
    if (part.end > limit) break
    if (part.kind === 'open' && !part.isVoid) depth++
    if (part.kind !== 'close') continue
    depth--
    if (depth === 0) end = part.end
  }
  return { text: html.slice(0, end), isCut: true }
}
