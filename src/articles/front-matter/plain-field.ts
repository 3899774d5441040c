import { decodeEntities } from '../../platform/html/decode.ts'
import { cleanLine, isVisible } from '../../platform/text.ts'
import type { Dialects } from '../dialects/body-context.ts'

const phrase =
  /<(\/?)(a|abbr|b|bdi|bdo|big|br|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var|wbr)(?:\s[^<>]{0,1000})?\/?>/gi

/**
 * A title or another line of the front matter as plain text; empty if it shows nothing. Only complete pairs of inline elements go: in `Use the <del> element`, the
 * tag is a word, and in `Vec<String>`, a type.
 */
export function plainField(text: string, dialects: Dialects): string {
  if (!/[<&{]/.test(text)) return text
  const untagged = withoutPairs(text)
  const plain = dialects.has('jekyll') ? untagged.replace(/\{\{[^{}]{0,500}\}\}|\{%[^{}%]{0,500}%\}/g, '') : untagged
  const shown = cleanLine(decodeEntities(plain.replaceAll('&nbsp;', ' ')))
  return isVisible(shown) ? shown : ''
}

function withoutPairs(text: string): string {
  const tags = [...text.matchAll(phrase)].slice(0, 200)
  const edits = new Map<number, string>()
  const open = new Map<string, number[]>()
  for (const [index, [written, slash, tag = '']] of tags.entries()) {
    const name = tag.toLowerCase()
    const opener = slash === '/' ? open.get(name)?.pop() : undefined
    if (name === 'br' || name === 'wbr' || written.endsWith('/>')) {
      const at = tags[index]?.index ?? 0
      // Between blanks it is a word: `The <br> tag`.
      const isWord = !written.endsWith('/>') && text[at - 1] === ' ' && text[at + written.length] === ' '
      if (!isWord) edits.set(index, name === 'br' ? ' ' : '')
    } else if (slash !== '/') open.set(name, [...(open.get(name) ?? []), index])
    else if (opener !== undefined) {
      edits.set(opener, '')
      edits.set(index, '')
    }
  }
  let plain = ''
  let at = 0
  for (const [index, replacement] of [...edits].sort(([one], [other]) => one - other)) {
    const tag = tags[index]
    if (!tag) continue
    plain += text.slice(at, tag.index) + replacement
    at = tag.index + tag[0].length
  }
  return plain + text.slice(at)
}
