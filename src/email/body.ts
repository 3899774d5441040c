import sanitizeHtml from 'sanitize-html'
import { readHtml } from '../platform/html/read.ts'
import type { BodyValues, PictureValues } from './email.ts'
import { withMediaLinks } from './media-links.ts'

/** The text of an article, ready for a template. */
export interface Body {
  readonly html: string
  /** Whether the text was cut. */
  readonly is_cut: boolean
}

const allowedTags =
  'a abbr b bdi bdo blockquote br caption cite code col colgroup dd del dfn dl dt em figcaption figure h3 h4 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub sup table tbody td tfoot th thead time tr u ul var wbr'.split(
    ' ',
  )

/** h1 and h2 are the titles of the email and the article. An email needs two more levels at most. */
const headingTags: Readonly<Record<string, string>> = { h1: 'h3', h2: 'h3', h3: 'h4', h4: 'h4', h5: 'h4', h6: 'h4', summary: 'h4' }

const columnWidth = 544

/**
 * Reduces the text of an article to what mail programs show: sized pictures, lower headings, media as links. The template
 * styles the tags and classes.
 */
export function bodyForMail({ html, limit, pictures }: BodyValues): Body {
  const { text, isCut } = cutBetweenBlocks(html, limit)
  const byOriginal = new Map(pictures.map((picture) => [picture.original, picture]))
  return { html: sanitizeHtml(withMediaLinks(text), rules(byOriginal)).trim(), is_cut: isCut }
}

function rules(pictures: ReadonlyMap<string, PictureValues>): sanitizeHtml.IOptions {
  return {
    allowedTags,
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
      // Classes for the plain-text part: `apart` adds empty lines, `data` sets columns (plain-text.ts).
      p: (tagName, attribs) => ({ tagName, attribs: { ...attribs, class: 'apart' } }),
      table: (tagName, attribs) => ({ tagName, attribs: { ...attribs, class: 'data' } }),
      ...Object.fromEntries(Object.entries(headingTags).map(([from, to]) => [from, to])),
    },
    exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !attribs.src,
  }
}

/**
 * Outlook reads the `width` attribute only. It shows a picture of unknown size as wide as the column; in other programs the
 * template's style for `unsized` restores the natural size.
 */
function sizeAndSource(picture: PictureValues | undefined): Record<string, string> {
  const unsized = { width: String(columnWidth), class: 'picture unsized' }
  if (!picture) return unsized
  const { url, width, height } = picture
  if (width === null || height === null) return { src: url, ...unsized }
  return { src: url, width: String(Math.min(width, columnWidth)), height: String(height), class: 'picture' }
}

/** Cuts after the last top-level block that ends within `limit` characters. */
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
