import { cleanText } from '../../platform/text.ts'
import type { NormaliseContext } from './body-context.ts'
import { cleanJsx, cleanModules } from './jsx.ts'
import { plainExtensions } from './markdown-extensions.ts'
import { protectCode } from './protect-code.ts'
import { cleanShortcodes } from './shortcodes.ts'

/** Matches if a body may contain more than plain Markdown. */
const dialectSign =
  /\{|<[A-Z>/!]|<(?:iframe|script|style)|=\{|^(?:import|export)\s|^[ \t]*(?::::|!!!)|\[!|\[\[|\[(?:TOC|caption|gallery|embed|x| )|:[a-z0-9_+-]+:|^[ \t]*\$\{?toc/im

/**
 * Turns the dialect of a generator (Liquid, MDX, shortcodes of Hugo, Zola and Hexo) into plain Markdown. Keeps pictures,
 * links, notes and code; removes the rest. Does not change code samples. Runs in linear time.
 */
export function normaliseBody(body: string, base: NormaliseContext): string {
  if (!dialectSign.test(body)) return body
  const isMdx = /\.mdx$/i.test(base.path)
  const { text, restore } = protectCode(body, isMdx)
  const { rest, imports } = cleanModules(text, isMdx)
  const shortcoded = cleanShortcodes(rest, base)
  return restore(plainExtensions(cleanJsx(shortcoded, imports, isMdx)))
}

/** In characters: how far into a body a description is searched. */
const openingLength = 8_000

/** The normalised beginning of a body, to find its first paragraph. */
export function openingMarkdown(body: string): string {
  return normaliseBody(cleanText(body.slice(0, openingLength)), { path: 'opening.md', addressOf: () => '/' })
}
