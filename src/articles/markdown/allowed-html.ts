import type sanitizeHtml from 'sanitize-html'
import { type LinkBase, resolveLink, resolveSource } from '../links/resolve-link.ts'

const blocks =
  'address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section summary ul'
const phrases = 'a abbr b bdi bdo br cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr'
const tables = 'caption col colgroup table tbody td tfoot th thead tr'
const media = 'audio img picture source track video'

/** Allowed attributes by tag; those of `*` are allowed on every tag. */
export const allowedAttributes: Record<string, string[]> = {
  // Links of the article may lead to any of its ids.
  '*': ['dir', 'id', 'lang', 'title'],
  a: ['href'],
  li: ['value'],
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
      '*': (tagName, attributes) => ({ tagName, attribs: withAbsoluteAddresses(withOwnNames(tagName, attributes), base) }),
    },
    exclusiveFilter: (frame) => (frame.tag === 'img' || frame.tag === 'source' || frame.tag === 'track') && !frame.attribs.src,
  }
}

/** Old names for what HTML says otherwise: `<a name>` is an id, and a cell's `text-align` is `align`, which every mail program knows. */
function withOwnNames(tag: string, attributes: Record<string, string>): Record<string, string> {
  const { name, style } = attributes
  const align = /(?:^|;)\s*text-align\s*:\s*(left|right|center|justify)\s*(?:;|$)/i.exec(style ?? '')?.[1]
  if (tag === 'a' && name && attributes.id === undefined) return { ...attributes, id: name }
  return align && (tag === 'td' || tag === 'th') ? { ...attributes, align: align.toLowerCase() } : attributes
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
  if (attribute === 'id') return /^[\p{L}\p{N}_.:-]{1,200}$/u.test(value) ? value : undefined
  return value
}
