import type sanitizeHtml from 'sanitize-html'
import { type LinkBase, resolveLink, resolveSource } from '../links/resolve-link.ts'

const blocks =
  'address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section summary ul'
const phrases = 'a abbr b bdi bdo br cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr'
const tables = 'caption col colgroup table tbody td tfoot th thead tr'
const media = 'audio img picture source track video'
const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

/** By tag; those of `*` may stand at any. */
export const allowedAttributes: Record<string, string[]> = {
  '*': ['dir', 'lang', 'title'],
  // Footnotes are led to by their ids, and back.
  a: ['href', 'id'],
  li: ['value', 'id'],
  audio: ['src', 'controls'],
  blockquote: ['cite'],
  col: ['span'],
  del: ['datetime'],
  details: ['open'],
  img: ['src', 'alt', 'width', 'height'],
  ins: ['datetime'],
  ol: ['start', 'reversed', 'type'],
  q: ['cite'],
  source: ['src', 'type'],
  td: ['colspan', 'rowspan', 'align'],
  th: ['colspan', 'rowspan', 'align', 'scope'],
  time: ['datetime'],
  track: ['src', 'kind', 'srclang', 'label'],
  video: ['src', 'poster', 'controls', 'width', 'height'],
  ...Object.fromEntries(headings.map((name) => [name, ['id']])),
}

/** A body of nothing but opening tags must not build a tower that no reader can stand on. */
export const maxNesting = 50

/** What HTML in an article may hold: it may say what the text is, and neither run nor disguise anything. */
export function sanitizeOptions(base: LinkBase): sanitizeHtml.IOptions {
  return {
    allowedTags: [blocks, phrases, tables, media].flatMap((names) => names.split(' ')),
    allowedAttributes,
    allowedClasses: { code: ['language-*'] },
    parseStyleAttributes: false,
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    nestingLimit: maxNesting,
    transformTags: {
      '*': (tagName, attributes) => ({ tagName, attribs: withAbsoluteAddresses(attributes, base) }),
    },
    exclusiveFilter: (frame) => (frame.tag === 'img' || frame.tag === 'source' || frame.tag === 'track') && !frame.attribs.src,
  }
}

function withAbsoluteAddresses(attributes: Record<string, string>, base: LinkBase): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    const resolved = withAbsoluteAddress(name, value, base)
    if (resolved !== undefined) kept[name] = resolved
  }
  return kept
}

/** The value of an attribute; one that is an address, absolute, or `undefined` where it leads nowhere. */
export function withAbsoluteAddress(attribute: string, value: string, base: LinkBase): string | undefined {
  if (attribute === 'href' || attribute === 'cite') return resolveLink(value, base)
  if (attribute === 'src' || attribute === 'poster') return resolveSource(value, base)
  return value
}
