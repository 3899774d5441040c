import { cleanText } from '../../platform/text.ts'
import type { NormaliseContext } from './body-context.ts'
import { cleanJsx, cleanModules } from './jsx.ts'
import { plainExtensions } from './markdown-extensions.ts'
import { protectCode } from './protect-code.ts'
import { cleanShortcodes } from './shortcodes.ts'

/** Without one of these there is nothing that Markdown would not know. */
const telltale =
  /\{|<[A-Z>/!]|<(?:iframe|script|style)|=\{|^(?:import|export)\s|^[ \t]*(?::::|!!!)|\[!|\[\[|\[(?:TOC|caption|gallery|embed|x| )|:[a-z0-9_+-]+:|^[ \t]*\$\{?toc/im

/**
 * The Markdown of a body without what only its generator understands: Liquid, Hugo's, Zola's and Hexo's shortcodes, MDX.
 * What they show is kept where it can be (pictures, links, notes, code), all else is taken out. Code samples stay as they
 * are. Takes time in proportion to the length.
 */
export function normaliseBody(body: string, base: NormaliseContext): string {
  if (!telltale.test(body)) return body
  const isMdx = /\.mdx$/i.test(base.path)
  const { text, restore } = protectCode(body, isMdx)
  const { rest, imports } = cleanModules(text, isMdx)
  const shortcoded = cleanShortcodes(rest, base)
  return restore(plainExtensions(cleanJsx(shortcoded, imports, isMdx)))
}

/** How much of a body a description is looked for in, in characters. */
const openingLength = 8_000

/** The beginning of a body, for its first paragraph to be found. */
export function openingMarkdown(body: string): string {
  return normaliseBody(cleanText(body.slice(0, openingLength)), { path: 'opening.md', addressOf: () => '/' })
}
