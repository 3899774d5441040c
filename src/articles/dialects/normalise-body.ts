import { withoutAttributes } from './attributes.ts'
import { isMdx, type NormaliseContext } from './body-context.ts'
import { readDirectives } from './directives.ts'
import { readHashnode } from './hashnode.ts'
import { cleanJsx, cleanModules } from './jsx.ts'
import { dedentJsx } from './jsx-indentation.ts'
import { plainExtensions } from './markdown-extensions.ts'
import { readObsidian } from './obsidian.ts'
import { protectCode } from './protect-code.ts'
import { cleanShortcodes } from './shortcodes.ts'
import { readWordpress } from './wordpress.ts'

/** Matches if a body may contain more than plain Markdown, whatever its dialects. */
const commonSign =
  /<(?:iframe|script|style|noscript|!)|^[ \t>]*(?:!!!|\?\?\?)|\[!|\[(?:TOC|x| )\]|\[\[_?toc|:[a-z0-9_+-]+:|^[ \t]*(?:\$\{?toc|<toc)/im
const dialectSign = /\{|<[A-Za-z>/]|^(?:import|export)\s|:[:A-Za-z]|\[\[|%%|%\[|==|\[\/?[a-z]|align=|[ \t]\^/m

/**
 * Turns the dialects of generators into plain Markdown. Keeps pictures, links, notes and code; removes the rest. Does not change code
 * samples. Runs in linear time.
 */
export function normaliseBody(body: string, context: NormaliseContext): string {
  const { dialects, path } = context
  if (!commonSign.test(body) && (dialects.size === 0 || !dialectSign.test(body))) return body
  const { text, restore } = protectCode(body, dialects, isMdx(path))
  return restore(plainExtensions(withoutDialects(text, context)))
}

function withoutDialects(text: string, context: NormaliseContext): string {
  const { dialects, path } = context
  let plain = text
  let imports: ReadonlyMap<string, string> = new Map()
  if (dialects.has('mdx')) ({ rest: plain, imports } = cleanModules(plain, isMdx(path)))
  if (dialects.has('hugo') || dialects.has('jekyll')) plain = cleanShortcodes(plain, context)
  if (dialects.has('mdx')) plain = cleanJsx(dedentJsx(plain, imports), imports, isMdx(path), dialects.has('jekyll'))
  if (dialects.has('obsidian')) plain = readObsidian(plain, context)
  if (dialects.has('hashnode')) plain = readHashnode(plain)
  if (dialects.has('wordpress')) plain = readWordpress(plain)
  if (dialects.has('mdc')) plain = readDirectives(plain)
  if (dialects.has('jekyll') || dialects.has('hugo') || dialects.has('mdc')) plain = withoutAttributes(plain, dialects.has('jekyll'))
  return plain
}
