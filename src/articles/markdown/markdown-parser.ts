import { createRequire } from 'node:module'
import type { MarkdownIt } from 'markdown-it'
import { toKey } from '../../publication/keys.ts'
import { writeAsSanitized } from './markdown-tokens.ts'

/** Made on first use. A process that only sends mail never loads the package. */
let parsers: ReturnType<typeof loadParsers> | undefined

/**
 * The one reader of Markdown: pages, titles, summaries, reading times and `check` all use its tokens. In MDX, indented text is not code.
 */
export function markdownParser(isMdx: boolean): MarkdownIt {
  parsers ??= loadParsers()
  return parsers(isMdx)
}

function loadParsers(): (isMdx: boolean) => MarkdownIt {
  const require = createRequire(import.meta.url)
  const Markdown: new (options: object) => MarkdownIt = require('markdown-it')
  const plugins: Plugin[] = [require('markdown-it-footnote'), require('markdown-it-cjk-friendly').default]
  const made = new Map<boolean, MarkdownIt>()
  return (isMdx) => {
    const known = made.get(isMdx) ?? prepare(new Markdown({ html: true, linkify: true }), plugins)
    if (isMdx) known.disable('code')
    made.set(isMdx, known)
    return known
  }
}

type Plugin = (markdown: MarkdownIt) => void

function prepare(markdown: MarkdownIt, plugins: readonly Plugin[]): MarkdownIt {
  for (const plugin of plugins) markdown.use(plugin)
  writeAsSanitized(markdown)
  keepDeepText(markdown)
  keepUnusedNotes(markdown)
  // Only full URLs become links: otherwise `readme.md` would become a Moldovan host.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  // Addresses are checked later, in one place for Markdown and raw HTML.
  markdown.validateLink = () => true
  // `## Title {#name}` states its own id.
  markdown.core.ruler.before('inline', 'stated_heading_ids', (state) => {
    for (const [index, token] of state.tokens.entries()) {
      const inline = token.type === 'heading_open' ? state.tokens[index + 1] : undefined
      const stated = inline && statedId(inline.content)
      if (!inline || !stated) continue
      inline.content = stated.text
      token.attrSet('id', toKey(stated.id))
    }
  })
  // Inline styles are removed from pages and mail.
  markdown.core.ruler.push('cell_alignment', (state) => {
    for (const token of state.tokens) {
      if (token.type !== 'th_open' && token.type !== 'td_open') continue
      const align = /^text-align:(left|right|center)$/.exec(String(token.attrGet('style') ?? ''))?.[1]
      if (align) token.attrs = [['align', align]]
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

/** Shows a footnote where it is written if nothing refers to it, or a later one has its label. The plugin would leave it out. */
function keepUnusedNotes({ core }: MarkdownIt): void {
  core.ruler.before('footnote_tail', 'unused_notes', (state) => {
    const { refs = {} } = (state.env as { footnotes?: { refs?: Record<string, number> } }).footnotes ?? {}
    const last = new Map<string, number>()
    for (const [index, { type, meta }] of state.tokens.entries())
      if (type === 'footnote_reference_open') last.set(String(meta?.label), index)
    let isUsed = true
    state.tokens = state.tokens.filter(({ type, meta }, index) => {
      if (type === 'footnote_reference_open') isUsed = (refs[`:${meta?.label}`] ?? -1) >= 0 && last.get(String(meta?.label)) === index
      return isUsed || !/^footnote_reference_(?:open|close)$/.test(type)
    })
  })
}

/** Of block tokens. markdown-it leaves out what is nested as deep as its `maxNesting` of 100. */
const maxDepth = 90

/** Shows what is nested too deeply as one paragraph, so that no words go. */
function keepDeepText({ block }: MarkdownIt): void {
  const tokenize = block.tokenize.bind(block)
  block.tokenize = (state, from, until) => {
    if (state.level < maxDepth) return tokenize(state, from, until)
    const content = state.getLines(from, until, state.blkIndent, false).trim()
    if (content !== '') {
      state.push('paragraph_open', 'p', 1).map = [from, until]
      const text = state.push('inline', '', 0)
      text.content = content
      text.map = [from, until]
      text.children = []
      state.push('paragraph_close', 'p', -1)
    }
    state.line = until
  }
}

/** The text and the id of `Title {#name}`. Looks back from the end, because a pattern would try every blank of a long heading. */
export function statedId(heading: string): { readonly text: string; readonly id: string } | undefined {
  const text = heading.trimEnd()
  const start = text.endsWith('}') ? text.lastIndexOf('{#') : -1
  const id = start < 0 ? '' : text.slice(start + 2, -1)
  return /^[^\s{}]+$/.test(id) ? { text: text.slice(0, start).trimEnd(), id } : undefined
}
