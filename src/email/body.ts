import sanitizeHtml from 'sanitize-html'
import { readHtml } from '../platform/html/read.ts'
import type { Words } from '../platform/messages.ts'
import type { BodyValues, PictureValues } from './email.ts'
import { fitForMail } from './fit-body.ts'
import { fileNameOf, withMediaLinks } from './media-links.ts'

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

const columnWidth = 544

/**
 * Reduces the text of an article to what mail programs show: sized pictures, lower headings, media as links. The template
 * styles the tags and classes.
 */
export function bodyForMail({ html, limit, pictures }: BodyValues, words: Words): Body {
  const { text, isCut } = cutBetweenBlocks(html, limit)
  const byOriginal = new Map(pictures.map((picture) => [picture.original, picture]))
  return { html: sanitizeHtml(fitForMail(withMediaLinks(text, words)), rules(byOriginal, words)).trim(), is_cut: isCut }
}

function rules(pictures: ReadonlyMap<string, PictureValues>, words: Words): sanitizeHtml.IOptions {
  return {
    allowedTags,
    allowedAttributes: {
      '*': ['dir', 'lang'],
      a: ['href', 'class'],
      col: ['span'],
      img: ['src', 'alt', 'width', 'height', 'class'],
      li: ['value', 'class'],
      ol: ['start', 'reversed', 'type'],
      p: ['class'],
      span: ['class'],
      table: ['class', 'role'],
      td: ['colspan', 'rowspan', 'align', 'class'],
      th: ['colspan', 'rowspan', 'align', 'scope', 'class'],
    },
    allowedClasses: { li: ['task'] },
    allowedSchemes: ['http', 'https', 'mailto', 'tel', 'sms'],
    transformTags: {
      a: (_tag, { href = '', lang, dir, class: given }) =>
        linkOrWords(href, { ...(lang ? { lang } : {}), ...(dir ? { dir } : {}), ...(given === 'media' ? { class: 'media' } : {}) }),
      img: (_tag, attribs) => pictureOrLink(attribs, pictures, words),
      // Classes for the plain-text part: `apart` adds empty lines, `data` sets columns (plain-text.ts).
      p: (tagName, attribs) => ({ tagName, attribs: { ...attribs, class: 'apart' } }),
      table: (tagName, attribs) => ({ tagName, attribs: { ...attribs, class: 'data', role: 'table' } }),
      td: alignedCell,
      th: alignedCell,
    },
    exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !attribs.src,
  }
}

/** A link that mail programs cannot follow becomes words. A link inside the text is a note: mail programs do not jump. */
function linkOrWords(href: string, attribs: sanitizeHtml.Attributes): sanitizeHtml.Tag {
  const address = href.trim()
  if (address.startsWith('#')) return { tagName: 'span', attribs: { ...attribs, class: 'note' } }
  return /^(?:https?:\/\/[^/]|(?:mailto|tel|sms):.)/i.test(address)
    ? { tagName: 'a', attribs: { ...attribs, href: address } }
    : { tagName: 'span', attribs }
}

/** A cell without an alignment of its own gets the class `plain`, so that a style does not override the author's. */
function alignedCell(tagName: string, { style = '', align, class: _class, ...attribs }: sanitizeHtml.Attributes): sanitizeHtml.Tag {
  const aligned = /^(?:left|right|center)$/i.exec(align ?? '')?.[0] ?? /text-align:\s*(left|right|center)/i.exec(style)?.[1]
  return { tagName, attribs: { ...attribs, ...(aligned ? { align: aligned.toLowerCase() } : { class: 'plain' }) } }
}

/** A picture that the budget of a message leaves out becomes a link with its words. */
function pictureOrLink(
  { src = '', alt = '' }: sanitizeHtml.Attributes,
  pictures: ReadonlyMap<string, PictureValues>,
  words: Words,
): sanitizeHtml.Tag {
  const picture = pictures.get(src)
  if (picture?.url === '')
    return {
      tagName: 'a',
      attribs: { href: src, class: 'media' },
      text: words('email.media.picture', { name: alt.trim() || fileNameOf(src) }),
    }
  return { tagName: 'img', attribs: { src, alt, ...sizeAndSource(picture) } }
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
