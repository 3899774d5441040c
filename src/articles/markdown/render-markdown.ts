import { createRequire } from 'node:module'
import type sanitizeHtml from 'sanitize-html'
import { cleanText } from '../../platform/text.ts'
import { toKey } from '../../publication/keys.ts'
import { isMdx, type NormaliseContext } from '../dialects/body-context.ts'
import { normaliseBody } from '../dialects/normalise-body.ts'
import { pathOfNamedFile } from '../links/file-names.ts'
import type { LinkBase } from '../links/resolve-link.ts'
import { sanitizeOptions } from './allowed-html.ts'
import { fitIntoPage } from './article-frame.ts'
import { markdownParser } from './markdown-parser.ts'
import { cleanTokens, type RenderEnv } from './markdown-tokens.ts'
import { validFragment } from './valid-fragment.ts'

/** Context to render the body of an article. */
export interface BodyBase extends LinkBase, Pick<NormaliseContext, 'dialects' | 'params'> {}

/**
 * Renders the body of an article as sanitised HTML with absolute addresses. Keeps HTML that marks up text. Removes
 * scripts, styles, forms, frames and event handlers.
 */
export function renderMarkdown(body: string, base: BodyBase): string {
  const markdown = markdownParser(isMdx(base.path))
  const env: RenderEnv = { docId: noteKey(base.slug), base }
  const { path, dialects, params } = base
  const addressOf = (name: string) => base.addressOf(name, 'name')
  const fileNamed = (name: string) => pathOfNamedFile(base.publication, path, name)
  const tokens = markdown.parse(normaliseBody(cleanText(body), { path, dialects, params, addressOf, fileNamed }), env)
  const isClean = cleanTokens(tokens, markdown, base)
  const html = markdown.renderer.render(tokens, markdown.options, env)
  return fitIntoPage(cleanText(isClean ? html : validFragment(sanitize(html, base))).trim(), base.url)
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
