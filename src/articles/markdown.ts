import { createRequire } from 'node:module'
import type { MarkdownIt } from 'markdown-it'
import type sanitizeHtml from 'sanitize-html'
import { toKey } from './keys.ts'
import { type LinkBase, resolveLink, resolveSource } from './links.ts'
import { cleanText } from './plain-text.ts'
import { proseOf } from './prose.ts'

/**
 * The body of an article as sanitised HTML in which every address is absolute. HTML in the Markdown is kept as far as
 * it only says what the text is: no scripts, styles, forms, frames or event handlers pass.
 */
export function renderMarkdown(body: string, base: LinkBase): string {
  tools ??= loadTools()
  const { markdown, sanitize } = tools
  const prose = proseOf(cleanText(body), { path: base.path, addressOf: (name) => base.addressOf(name, 'name') })
  const html = markdown(/\.mdx$/i.test(base.path)).render(prose, { docId: noteKey(base.slug) })
  return cleanText(sanitize(html, sanitizeOptions(base))).trim()
}

/** Notes of two articles on one page, or in one digest, must not share an id. */
function noteKey(slug: string): string {
  return toKey(slug) || 'note'
}

/** Loaded when the first article is rendered: a process that only sends mail, or checks, never needs them. */
let tools: ReturnType<typeof loadTools> | undefined

function loadTools() {
  const require = createRequire(import.meta.url)
  const Markdown: new (options: object) => MarkdownIt = require('markdown-it')
  const sanitize: typeof sanitizeHtml = require('sanitize-html')
  const footnotes: Plugin = require('markdown-it-footnote')
  const made = new Map<boolean, MarkdownIt>()
  const markdown = (isMdx: boolean): MarkdownIt => {
    const known = made.get(isMdx) ?? prepare(new Markdown({ html: true, linkify: true }), footnotes)
    // MDX is indented as its components are; nothing of it is code for that.
    if (isMdx) known.disable('code')
    made.set(isMdx, known)
    return known
  }
  return { markdown, sanitize }
}

type Plugin = (markdown: MarkdownIt) => void

function prepare(markdown: MarkdownIt, footnotes: Plugin): MarkdownIt {
  markdown.use(footnotes)
  // A note is led back to by a sign that no mail program makes a picture of.
  markdown.renderer.rules.footnote_anchor = (tokens, index, options, env, self) => {
    const id = markdown.renderer.rules.footnote_anchor_name?.(tokens, index, options, env, self) ?? ''
    const { subId } = (tokens[index]?.meta ?? { subId: 0 }) as { subId: number }
    const again = subId > 0 ? `:${subId}` : ''
    return ` <a href="#fnref${id}${again}">\u21A9\uFE0E</a>`
  }
  // Only what is written as an address becomes a link: `readme.md` is no Moldovan host.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  // Addresses are judged in one place, after the HTML of authors and of Markdown have become one.
  markdown.validateLink = () => true
  // `## Title {#name}` names itself.
  markdown.core.ruler.before('inline', 'stated_heading_ids', (state) => {
    for (const [index, token] of state.tokens.entries()) {
      const inline = token.type === 'heading_open' ? state.tokens[index + 1] : undefined
      const stated = inline && /[ \t]*\{#([^\s{}]+)\}[ \t]*$/.exec(inline.content)
      if (!inline || !stated) continue
      inline.content = inline.content.slice(0, stated.index)
      token.attrSet('id', toKey(stated[1] ?? ''))
    }
  })
  markdown.core.ruler.push('heading_ids', (state) => {
    const taken = new Set<string>()
    const counts = new Map<string, number>()
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== 'heading_open') continue
      const key = String(token.attrGet('id') ?? '') || toKey(state.tokens[index + 1]?.content ?? '') || 'section'
      let id = key
      for (let count = counts.get(key) ?? 1; taken.has(id); count++) {
        id = `${key}-${count}`
        counts.set(key, count + 1)
      }
      taken.add(id)
      token.attrSet('id', id)
    }
  })
  return markdown
}

const blocks =
  'address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section summary ul'
const phrases = 'a abbr b bdi bdo br cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr'
const tables = 'caption col colgroup table tbody td tfoot th thead tr'
const media = 'audio img picture source track video'
const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']
/** What a footnote is led to by. */
const noted = ['a', 'li']
const ownAttributes: Readonly<Record<string, readonly string[]>> = { a: ['href'], li: ['value'] }

function sanitizeOptions(base: LinkBase): sanitizeHtml.IOptions {
  return {
    allowedTags: [blocks, phrases, tables, media].flatMap((names) => names.split(' ')),
    allowedAttributes: {
      '*': ['dir', 'lang', 'title'],
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
      ...Object.fromEntries([...headings, ...noted].map((name) => [name, [...(ownAttributes[name] ?? []), 'id']])),
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
