import { placeholderEnd } from '../../platform/placeholders.ts'
import { isNote, quoted, watchAddress } from './embeds.ts'
import { emojiNamed } from './emoji.ts'

/** Turns Markdown extensions (frames, attributes, admonitions, wiki links, emoji names) into common Markdown. */
export function plainExtensions(text: string): string {
  let plain = text
  if (/<(?:script|style|iframe|noscript)/i.test(plain)) plain = withoutFrames(plain)
  if (plain.includes('{')) plain = withoutAttributes(plain)
  if (/^[ \t>]*(?::::|!!!|\?\?\?)/m.test(plain)) plain = withNotes(plain)
  if (plain.includes('[')) plain = withoutBrackets(plain)
  return /:[a-z0-9_+-]+:/.test(plain)
    ? plain.replace(/(?<![\w:/])(?::([a-z0-9_+-]{1,40}):)(?![\w:/])/g, (whole, name: string) => emojiNamed(name) ?? whole)
    : plain
}

function withoutFrames(text: string): string {
  return text
    .replace(/<(script|style|noscript)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
    .replace(/<iframe\b([^>]*)>(?:[^<]{0,500}<\/iframe\s*>)?/gi, (_, attributes: string) => {
      const address = /\b(?:data-)?src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(attributes)
      const src = address?.[1] ?? address?.[2] ?? address?.[3] ?? ''
      if (!/^(?:https?:)?\/\//i.test(src)) return ''
      const shown = quoted(watchAddress(src.startsWith('//') ? `https:${src}` : src))
      return `<a href="${shown}">${shown}</a>`
    })
}

/** Attributes after a link, an emphasis or protected code. */
const inlineAttributes = new RegExp(
  String.raw`(?<=[)\]*_${'`'}${placeholderEnd}])\{(?:[ \t]*(?:[.#][\w:-]+|[\w-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']+)))+[ \t]*\}`,
  'g',
)

/** Removes `{: .wide}` and `{:toc}` (kramdown) and `{#id .class key=value}` (others). Keeps the id of a heading. */
function withoutAttributes(text: string): string {
  return text
    .replace(/\{::comment\}[\s\S]{0,5000}?\{:\/(?:comment)?\}/g, '')
    .replace(/^[ \t>]*(?:[-*+]|\d+\.)[ \t]+[^\n]*\n[ \t>]*\{:\s*toc[^{}\n]*\}[ \t]*$/gim, '')
    .replace(/^([ \t]{0,3}#{1,6}[ \t][^\n]*?)[ \t]*\{:?[ \t]*([^{}\n]*)\}[ \t]*$/gm, (whole, heading: string, attributes: string) => {
      if (!/[#.=]/.test(attributes) && !/^(?:-|toc)/.test(attributes)) return whole
      const id = /#([^\s.#{}]+)/.exec(attributes)?.[1]
      return id === undefined ? heading : `${heading} {#${id}}`
    })
    .replace(
      /^[ \t>]*\{:?[ \t]*(?:[.#][\w:-]+|toc|[\w-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']+))(?:[ \t]+(?:[.#][\w:-]+|[\w-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']+)))*[ \t]*\}[ \t]*$/gim,
      '',
    )
    .replace(/\{:(?:[^{}"'\n]|"[^"\n]*"|'[^'\n]*'){0,400}\}/g, '')
    .replace(inlineAttributes, '')
}

/** Converts `:::note Title` to `:::`, and `!!! note "Title"` with the indented lines below it. */
function withNotes(text: string): string {
  let indented = false
  let depth = 0
  const lines = text.split('\n').map((line) => {
    const fence = /^[ \t>]*:{3,}[ \t]*([\w-]*)(?:\[([^\]]*)\])?[ \t]*(?:\{[^{}]*\})?[ \t]*([^\n]*)$/.exec(line)
    if (fence) {
      const [, name = '', bracketed, rest = ''] = fence
      if (name === '' && rest.trim() === '' && bracketed === undefined) {
        if (depth === 0) return ''
        depth--
        return '\n</aside>\n'
      }
      depth++
      const title = (bracketed ?? rest).trim().replace(/^["']|["']$/g, '')
      return `\n<aside>\n${title ? `\n**${title}**\n` : ''}`
    }
    const mark = /^(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)(?:[ \t]+"([^"]*)")?[ \t]*$/.exec(line)
    if (mark && isNote(mark[1] ?? '')) {
      const before = indented ? '\n</aside>\n' : ''
      indented = true
      return `${before}\n<aside>\n${mark[2] ? `\n**${mark[2]}**\n` : ''}`
    }
    if (!indented || line.trim() === '') return line
    const inner = /^(?: {4}|\t)(.*)$/.exec(line)
    if (inner) return inner[1] ?? ''
    indented = false
    return `\n</aside>\n\n${line}`
  })
  return lines.join('\n') + (indented ? '\n\n</aside>\n' : '') + '\n\n</aside>\n'.repeat(Math.min(depth, 10))
}

const alerts: Readonly<Record<string, string>> = {
  note: 'Note',
  tip: 'Tip',
  important: 'Important',
  warning: 'Warning',
  caution: 'Caution',
}

function withoutBrackets(text: string): string {
  return (
    text
      .replace(/^[ \t]*(?:\[\[_?toc_?\]\]|\[toc\]|\$\{toc\}|\[\[toc\]\]|<toc\s*\/?>)[ \t]*$/gim, '')
      .replace(/^([ \t]*>[ \t]*)\[!(\w+)\][+-]?[ \t]*([^\n]*)$/gm, (_, start: string, kind: string, title: string) => {
        const shown = title.trim() || (alerts[kind.toLowerCase()] ?? kind.charAt(0).toUpperCase() + kind.slice(1).toLowerCase())
        return `${start}**${shown}**\n${start}`
      })
      .replace(
        /^([ \t]*(?:[-*+]|\d+[.)])[ \t]+)\[([ xX])\](?=[ \t])/gm,
        (_, start: string, sign: string) => `${start}${sign === ' ' ? '☐' : '☑'}`,
      )
      // Obsidian
      .replace(/!\[\[([^\][|\n]+\.(?:png|jpe?g|gif|webp|avif|svg))(?:\|[^\][\n]*)?\]\]/gi, (_, file: string) => `![](<${file.trim()}>)`)
      .replace(/!?\[\[([^\][|#\n]+)(?:#[^\][|\n]*)?\|([^\][\n]+)\]\]/g, '$2')
      .replace(/!?\[\[([^\][|#\n]{1,100})(?:#[^\][|\n]*)?\]\](?!\()/g, '$1')
      // WordPress
      .replace(/\[\/?(?:caption|gallery|embed|wp_caption|sourcecode)\b[^\][\n]*\](?![(:[])/g, '')
  )
}
