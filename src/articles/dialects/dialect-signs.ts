import type { Dialect } from '../../publication/dialects.ts'
import { readList } from './attributes.ts'
import { isMdx } from './body-context.ts'
import { alignedPicture, percentEmbed } from './hashnode.ts'
import { lineBefore } from './line-before.ts'
import { wikiLink } from './obsidian.ts'
import { protectCode } from './protect-code.ts'

/** Which dialects a body shows signs of, outside of code. */
export interface DialectSigns {
  /** By a complete form that prose cannot contain. */
  readonly certain: readonly Dialect[]
  /** By a form that prose may contain. */
  readonly possible: readonly Dialect[]
}

const noSigns: DialectSigns = { certain: [], possible: [] }

/** A quick test, because most bodies hold nothing but Markdown. */
const anySign = /\{|^[ \t>]*:{2,}\w|(?<![\w:]):[A-Za-z][\w-]*\[|\[\[|\[\/?(?:caption|gallery|embed|audio|video|wp_)|%\[|align="|^<[A-Z]/m

/** Looks for signs of dialects in a body. Linear in its length. */
export function dialectSigns(body: string, path: string): DialectSigns {
  if (!anySign.test(body)) return noSigns
  const { text } = protectCode(body, new Set(), isMdx(path))
  const certain = certainForms.filter(([, isIn]) => isIn(text)).map(([dialect]) => dialect)
  const possible = possibleForms.filter(([dialect, isIn]) => !certain.includes(dialect) && isIn(text)).map(([dialect]) => dialect)
  return certain.length + possible.length === 0 ? noSigns : { certain, possible }
}

type Form = readonly [Dialect, (text: string) => boolean]

function has(pattern: RegExp): (text: string) => boolean {
  return (text) => text.search(pattern) >= 0
}

const hugoTag =
  /\{\{(?:<\s{0,20}\/?\s{0,20}[\p{L}_][\p{L}\p{N}_./-]{0,80}(?:\s[^{}]{0,2000}?)?>|%\s{0,20}\/?\s{0,20}[\p{L}_][\p{L}\p{N}_./-]{0,80}(?:\s[^{}]{0,2000}?)?%)\}\}/u

const certainForms: readonly Form[] = [
  ['hugo', has(hugoTag)],
  ['jekyll', (text) => /^[ \t]{0,200}\{%[-~]?\s{0,20}[a-z_][^{}\n]{0,2000}%\}[ \t]{0,200}$/im.test(text) || hasKramdown(text)],
  ['mdx', hasJsxObject],
  ['mdc', hasContainer],
  ['obsidian', (text) => text.includes('![[') && [...text.matchAll(wikiLink)].some(([, sign, target]) => sign === '!' && target !== '')],
  ['wordpress', (text) => has(/\[caption(?:\s[^\][]{0,2000})?\]/i)(text) && /\[\/caption\]/i.test(text)],
  ['hashnode', (text) => has(alignedPicture)(text) || has(percentEmbed)(text)],
]

const possibleForms: readonly Form[] = [
  ['jekyll', has(/(?<!=)\{\{[-~]?[^{}<%\n][^{}\n]{0,1000}\}\}|\{%[-~]?\s{0,20}[a-z_][^{}\n]{0,2000}%\}/i)],
  ['mdx', has(/^<[A-Z][\w.]{0,80}(?:\s[^<>\n]{0,1000})?\/?>/m)],
  [
    'mdc',
    (text) =>
      has(
        /^[ \t>]{0,200}::[A-Za-z][\w-]{0,80}(?:\[[^\]\n]{0,1000}\])?(?:\{[^{}\n]{0,1000}\})?[ \t]{0,20}$|(?<![\w:]):[A-Za-z][\w-]{0,60}\[[^\][\n]{1,500}\]/m,
      )(text) || hasAttributes(text),
  ],
  ['obsidian', has(/(?<!!)\[\[[^\][|\n]{1,300}(?:\|[^\][\n]{0,300})?\]\](?!\()/)],
  ['wordpress', has(/\[(?:gallery|embed|audio|video|playlist|caption)(?:\s[^\][]{1,2000}\](?!\()|\](?![(:[]))/i)],
]

/** `{:…}` right after a link, or on a line of its own below a block. */
function hasKramdown(text: string): boolean {
  for (let open = text.indexOf('{:'); open >= 0; open = text.indexOf('{:', open + 2)) {
    if (text.startsWith('{::', open)) {
      if (/^\{::?(?:comment|nomarkdown|options)\b/.test(text.slice(open, open + 20))) return true
      continue
    }
    if (!readList(text, open)) continue
    if (text[open - 1] === ')' || text[open - 1] === ']') return true
    const before = lineBefore(text, open)
    const lineStart = open - (before?.length ?? 0)
    const isAlone = before !== undefined && /^[ \t>]*$/.test(before)
    if (isAlone && lineStart > 0 && text[lineStart - 2] !== '\n' && lineStart > 1) return true
  }
  return false
}

/** `{.wide}` or `{width=300}` right after a link or a picture. */
function hasAttributes(text: string): boolean {
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', open + 1)) {
    if ((text[open - 1] === ')' || text[open - 1] === ']') && text[open + 1] !== ':' && readList(text, open)) return true
  }
  return false
}

/** An object in an attribute, such as `style={{ color: 'red' }}`, inside of a tag. Liquid may stand there too: `href={{ site.url }}`. */
function hasJsxObject(text: string): boolean {
  for (let at = text.indexOf('={{'); at >= 0; at = text.indexOf('={{', at + 3)) {
    const tag = /<[A-Za-z][\w.:-]{0,80}\s[^<]{0,500}$/.test(text.slice(Math.max(0, at - 600), at))
    const close = text.slice(at + 3, at + 2_000).search(/\}\s{0,20}\}/)
    if (!tag || close < 0) continue
    const inner = text.slice(at + 3, at + 3 + close)
    if (inner.trim() === '' || (/[:,]|\.\.\./.test(inner) && !inner.includes('|'))) return true
  }
  return false
}

/** `:::name` with `:::` on a later line. */
function hasContainer(text: string): boolean {
  const opening = text.search(/^[ \t>]{0,200}:{3,}[ \t]{0,20}[A-Za-z]/m)
  return opening >= 0 && /^[ \t>]{0,200}:{3,}[ \t]{0,200}$/m.test(text.slice(opening))
}
