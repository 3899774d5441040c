import { createRequire } from 'node:module'
import type { MarkdownIt } from 'markdown-it'
import type sanitizeHtml from 'sanitize-html'
import { cleanText } from '../../platform/text.ts'
import { toKey } from '../../publication/keys.ts'
import { normaliseBody } from '../dialects/normalise-body.ts'
import type { LinkBase } from '../links/resolve-link.ts'
import { sanitizeOptions } from './allowed-html.ts'
import { cleanTokens, type RenderEnv, writeAsSanitized } from './markdown-tokens.ts'

/**
 * Renders the body of an article as sanitised HTML with absolute addresses. Keeps HTML that marks up text. Removes
 * scripts, styles, forms, frames and event handlers.
 */
export function renderMarkdown(body: string, base: LinkBase): string {
  markdowns ??= loadMarkdown()
  const markdown = markdowns(/\.mdx$/i.test(base.path))
  const normalised = normaliseBody(cleanText(body), { path: base.path, addressOf: (name) => base.addressOf(name, 'name') })
  const env: RenderEnv = { docId: noteKey(base.slug), base }
  const tokens = markdown.parse(normalised, env)
  const isClean = cleanTokens(tokens, markdown, base)
  const html = markdown.renderer.render(tokens, markdown.options, env)
  return cleanText(isClean ? html : sanitize(html, base)).trim()
}

/** Loaded on the first raw HTML: the package has 73 files, and most articles contain no HTML. */
let sanitizer: typeof sanitizeHtml | undefined

function sanitize(html: string, base: LinkBase): string {
  sanitizer ??= createRequire(import.meta.url)('sanitize-html') as typeof sanitizeHtml
  return sanitizer(html, sanitizeOptions(base))
}

/** Prefix that keeps footnote ids of two articles on one page, or in one digest, apart. */
function noteKey(slug: string): string {
  return toKey(slug) || 'note'
}

/** Loaded when the first article is rendered. A process that only sends mail never needs it. */
let markdowns: ReturnType<typeof loadMarkdown> | undefined

function loadMarkdown(): (isMdx: boolean) => MarkdownIt {
  const require = createRequire(import.meta.url)
  const Markdown: new (options: object) => MarkdownIt = require('markdown-it')
  const footnotes: Plugin = require('markdown-it-footnote')
  const made = new Map<boolean, MarkdownIt>()
  return (isMdx) => {
    const known = made.get(isMdx) ?? prepare(new Markdown({ html: true, linkify: true }), footnotes)
    // MDX indents text inside components, so indentation does not mean code.
    if (isMdx) known.disable('code')
    made.set(isMdx, known)
    return known
  }
}

type Plugin = (markdown: MarkdownIt) => void

function prepare(markdown: MarkdownIt, footnotes: Plugin): MarkdownIt {
  markdown.use(footnotes)
  writeAsSanitized(markdown)
  // Only full URLs become links: otherwise `readme.md` would become a Moldovan host.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  // Addresses are checked later, in one place for Markdown and raw HTML.
  markdown.validateLink = () => true
  // `## Title {#name}` states its own id.
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
    const used = new Set<string>()
    const counts = new Map<string, number>()
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== 'heading_open') continue
      const key = String(token.attrGet('id') ?? '') || toKey(state.tokens[index + 1]?.content ?? '') || 'section'
      let id = key
      for (let count = counts.get(key) ?? 1; used.has(id); count++) {
        id = `${key}-${count}`
        counts.set(key, count + 1)
      }
      used.add(id)
      token.attrSet('id', id)
    }
  })
  return markdown
}
