import { createRequire } from 'node:module'
import type MarkdownIt from 'markdown-it'
import type sanitizeHtml from 'sanitize-html'
import { toKey } from './keys.ts'
import { type LinkBase, resolveLink, resolveSource } from './links.ts'
import { cleanText } from './plain-text.ts'

/**
 * The body of an article as sanitised HTML in which every address is absolute. HTML in the Markdown is kept as far as
 * it only says what the text is: no scripts, styles, forms, frames or event handlers pass.
 */
export function renderMarkdown(body: string, base: LinkBase): string {
  tools ??= loadTools()
  const { markdown, sanitize } = tools
  return cleanText(sanitize(markdown.render(cleanText(body), {}), sanitizeOptions(base))).trim()
}

/** Loaded when the first article is rendered: a process that only sends mail, or checks, never needs them. */
let tools: ReturnType<typeof loadTools> | undefined

function loadTools() {
  const require = createRequire(import.meta.url)
  const Markdown: typeof MarkdownIt = require('markdown-it')
  const sanitize: typeof sanitizeHtml = require('sanitize-html')
  const markdown = new Markdown({ html: true, linkify: true })
  // Only what is written as an address becomes a link: `readme.md` is no Moldovan host.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  // Addresses are judged in one place, after the HTML of authors and of Markdown have become one.
  markdown.validateLink = () => true
  markdown.core.ruler.push('heading_ids', (state) => {
    const taken = new Set<string>()
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== 'heading_open') continue
      const key = toKey(state.tokens[index + 1]?.content ?? '') || 'section'
      let id = key
      for (let count = 1; taken.has(id); count++) id = `${key}-${count}`
      taken.add(id)
      token.attrSet('id', id)
    }
  })
  return { markdown, sanitize }
}

const blocks =
  'address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section summary ul'
const phrases = 'a abbr b bdi bdo br cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr'
const tables = 'caption col colgroup table tbody td tfoot th thead tr'
const media = 'audio img picture source track video'
const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

function sanitizeOptions(base: LinkBase): sanitizeHtml.IOptions {
  return {
    allowedTags: [blocks, phrases, tables, media].flatMap((names) => names.split(' ')),
    allowedAttributes: {
      '*': ['dir', 'lang', 'title'],
      a: ['href'],
      audio: ['src', 'controls'],
      blockquote: ['cite'],
      col: ['span'],
      del: ['datetime'],
      details: ['open'],
      img: ['src', 'alt', 'width', 'height'],
      ins: ['datetime'],
      li: ['value'],
      ol: ['start', 'reversed', 'type'],
      q: ['cite'],
      source: ['src', 'type'],
      td: ['colspan', 'rowspan', 'align'],
      th: ['colspan', 'rowspan', 'align', 'scope'],
      time: ['datetime'],
      track: ['src', 'kind', 'srclang', 'label'],
      video: ['src', 'poster', 'controls', 'width', 'height'],
      ...Object.fromEntries(headings.map((name) => [name, ['id']])),
    },
    allowedClasses: { code: ['language-*'] },
    parseStyleAttributes: false,
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    // A body of nothing but opening tags must not build a tower that no reader can stand on.
    nestingLimit: 50,
    transformTags: {
      '*': (tagName, attributes) => ({ tagName, attribs: withAbsoluteAddresses(attributes, base) }),
    },
    exclusiveFilter: (frame) => (frame.tag === 'img' || frame.tag === 'source' || frame.tag === 'track') && !frame.attribs.src,
  }
}

function withAbsoluteAddresses(attributes: Record<string, string>, base: LinkBase): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    const resolved = resolverOf(name)?.(value, base)
    if (!resolverOf(name)) kept[name] = value
    else if (resolved !== undefined) kept[name] = resolved
  }
  return kept
}

function resolverOf(attribute: string): typeof resolveLink | undefined {
  if (attribute === 'href' || attribute === 'cite') return resolveLink
  if (attribute === 'src' || attribute === 'poster') return resolveSource
  return undefined
}
