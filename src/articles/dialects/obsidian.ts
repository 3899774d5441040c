import { toKey } from '../../publication/keys.ts'
import type { NormaliseContext } from './body-context.ts'

/** A link or an embed of Obsidian: `[[name#heading|label]]`, `![[picture.png|300]]`. */
export const wikiLink = /(!?)\[\[([^\][|\n]{0,300})(?:\|([^\][\n]{0,300}))?\]\](?!\()/g

type Links = Pick<NormaliseContext, 'addressOf' | 'fileNamed'>

/** Reads Obsidian's links, embeds, remarks, marks and block ids. */
export function readObsidian(text: string, context: Links): string {
  let plain = text.includes('%%') ? withoutRemarks(text) : text
  if (plain.includes('[[')) {
    plain = plain.replace(wikiLink, (whole, sign: string, target: string, label: string | undefined) =>
      /^_?toc_?$/i.test(target) ? whole : readLink(sign === '!', target, label, context),
    )
  }
  if (plain.includes('==')) plain = plain.replace(/(?<!=)==(?![\s=])([^=\n]{1,500})(?<!\s)==(?!=)/g, '<mark>$1</mark>')
  return plain.replace(/(?<=\S[ \t])\^[A-Za-z0-9-]{1,60}$/gm, '')
}

/** A remark that is not closed stays, because `100%% sure` is prose. */
function withoutRemarks(text: string): string {
  let plain = ''
  let at = 0
  for (let open = text.indexOf('%%'); open >= 0; open = text.indexOf('%%', at)) {
    const close = text.indexOf('%%', open + 2)
    if (close < 0) break
    plain += text.slice(at, open)
    at = close + 2
  }
  return plain + text.slice(at)
}

function readLink(isEmbed: boolean, written: string, shown: string | undefined, context: Links): string {
  // In a table, the bar is escaped.
  const target = written.replace(/\\$/, '').trim()
  const [name = '', ...headings] = target.split('#')
  const heading = headings.at(-1)?.trim() ?? ''
  const label = shown?.trim()
  const isFile = /\.(?!md$|markdown$)[a-z0-9]{1,5}$/i.test(name)
  if (isEmbed && isFile && isPicture(name)) {
    const alt = label === undefined || /^\d+(?:x\d+)?$/.test(label) ? '' : label
    return `![${alt}](<${fileOf(name, context)}>)`
  }
  const words = (label || headings.filter((one) => !one.startsWith('^')).join(' > ') || name.split('/').at(-1) || name)
    .replace(/\.md$/i, '')
    .trim()
  const fragment = heading === '' || heading.startsWith('^') ? '' : `#${toKey(heading)}`
  if (isFile) return `[${words}](<${fileOf(name, context)}>)`
  if (name === '') return fragment === '' ? words : `[${words}](${fragment})`
  const address = context.addressOf(name.trim())
  return address === undefined ? words : `[${words}](<${address}${fragment}>)`
}

function fileOf(name: string, { fileNamed }: Links): string {
  return fileNamed?.(name.trim()) ?? name.trim()
}

function isPicture(name: string): boolean {
  return /\.(?:png|jpe?g|gif|webp|avif|svg|bmp)$/i.test(name.trim())
}
