import type sanitizeHtml from 'sanitize-html'
import { type LinkBase, resolveLink, resolveSource } from '../links/resolve-link.ts'

const blocks =
  'address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section summary ul'
const phrases = 'a abbr b bdi bdo br cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr'
const tables = 'caption col colgroup table tbody td tfoot th thead tr'
const media = 'audio img picture source track video'
const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

/** Allowed attributes by tag; those of `*` are allowed on every tag. */
export const allowedAttributes: Record<string, string[]> = {
  '*': ['dir', 'lang', 'title'],
  // Footnotes link to ids on these two tags.
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

/** Limits nesting, so that a body of opening tags cannot crash a feed reader. */
export const maxNesting = 50

/** Allows HTML that marks up text. Forbids scripts, styles and forms. */
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
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    const resolved = withAbsoluteAddress(name, value, base)
    if (resolved !== undefined) result[name] = resolved
  }
  return result
}

/** Makes an address attribute absolute, or `undefined` if it is not allowed. Returns other values unchanged. */
export function withAbsoluteAddress(attribute: string, value: string, base: LinkBase): string | undefined {
  if (attribute === 'href' || attribute === 'cite') return resolveLink(value, base)
  if (attribute === 'src' || attribute === 'poster') return resolveSource(value, base)
  return value
}
