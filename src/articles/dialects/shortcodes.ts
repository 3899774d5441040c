import type { Dialects, NormaliseContext } from './body-context.ts'
import { type Arguments, endsBlock, isDetails, isNote, isQuote, parseArguments, quoted, showAddresses, showEmbed } from './embeds.ts'

/** One tag: Liquid (`{% … %}`), Hugo (`{{< … >}}`, `{{% … %}}`) or an output (`{{ … }}`). */
interface Tag {
  readonly kind: 'liquid' | 'hugo' | 'output'
  readonly name: string
  readonly isClosing: boolean
  readonly rest: string
  readonly start: number
  readonly end: number
  /** Index of the tag that closes it. */
  closedBy: number | undefined
}

/** In characters. A longer match is not a tag. */
const maxTagLength = 4_000

/** Removes all tags. Keeps what they show, as far as it can be shown. */
export function cleanShortcodes(text: string, base: NormaliseContext): string {
  if (!text.includes('{{') && !text.includes('{%')) return text
  const tags = readTags(text, base.dialects)
  const closers = new Map<number, string>()
  let cleaned = ''
  let at = 0
  for (const [index, tag] of tags.entries()) {
    if (tag.start < at) continue
    cleaned += text.slice(at, tag.start)
    at = tag.end
    const closing = closers.get(index)
    if (closing !== undefined) {
      cleaned += closing
      continue
    }
    const partner = tag.closedBy === undefined ? undefined : tags[tag.closedBy]
    if (partner && isLeftOut(tag)) at = partner.end
    else if (tag.name === 'else' || tag.name === 'elsif') at = endOfBranch(tags, index)?.start ?? tag.end
    else if (partner && tag.closedBy !== undefined) {
      const [open, close] = around(tag)
      cleaned += open
      closers.set(tag.closedBy, close)
    } else {
      const shown = alone(tag, base)
      cleaned += shown + (endsBlock(shown, text, tag.start, tag.end) ? '\n' : '')
    }
  }
  return cleaned + text.slice(at)
}

function readTags(text: string, dialects: Dialects): Tag[] {
  const tags: Tag[] = []
  const open = new Map<string, number[]>()
  const nearest = new Map<string, number>()
  const mark = /\{%|\{\{/g
  for (let match = mark.exec(text); match; match = mark.exec(text)) {
    const start = match.index
    const kind = match[0] === '{%' ? 'liquid' : /[<%]/.test(text[start + 2] ?? '') ? 'hugo' : 'output'
    const close = kind === 'liquid' ? '%}' : kind === 'output' ? '}}' : text[start + 2] === '<' ? '>}}' : '%}}'
    if (!dialects.has(kind === 'hugo' ? 'hugo' : 'jekyll')) continue
    // Remembered, because many opening signs before one closing sign would each search for it.
    let found = nearest.get(close) ?? -2
    if (found !== Number.POSITIVE_INFINITY && found < start + 2) {
      const next = text.indexOf(close, start + 2)
      found = next < 0 ? Number.POSITIVE_INFINITY : next
      nearest.set(close, found)
    }
    if (found - start > maxTagLength) continue
    const inner = text.slice(start + (kind === 'hugo' ? 3 : 2), found)
    const end = found + close.length
    if (kind === 'output' && ((text[start - 1] === '=' && isObject(inner)) || /\n[ \t]*\n/.test(inner) || isMath(text, start))) continue
    mark.lastIndex = end
    tags.push(toTag(kind, inner, start, end))
    const tag = tags.at(-1) as Tag
    if (!tag.isClosing) {
      if (kind !== 'output') open.set(tag.name, [...(open.get(tag.name) ?? []).slice(-20), tags.length - 1])
      continue
    }
    // Zola closes all its shortcodes with `{% end %}`.
    const opener = tag.name === '' ? lastOpen(open) : open.get(tag.name)?.pop()
    if (opener !== undefined) (tags[opener] as Tag).closedBy = tags.length - 1
  }
  return tags
}

function lastOpen(open: ReadonlyMap<string, number[]>): number | undefined {
  let last: number[] | undefined
  for (const indices of open.values()) if ((indices.at(-1) ?? -1) > (last?.at(-1) ?? -1)) last = indices
  return last?.pop()
}

/** Whether braces after `=` are a JSX object such as `style={{ color: 'red' }}`, and not Liquid such as `href={{ site.url }}`. */
function isObject(inner: string): boolean {
  return inner.trim() === '' || (/[:,]|\.\.\./.test(inner) && !inner.includes('|'))
}

/** Whether the braces belong to TeX outside of dollar signs, such as `\frac{{a}}{{b}}`. */
function isMath(text: string, start: number): boolean {
  return /\\\w*$|[_^]$|\\\w+\{[^{}\n]*\}\}?$/.test(text.slice(Math.max(0, start - 40), start))
}

function toTag(kind: Tag['kind'], inner: string, start: number, end: number): Tag {
  const bare = inner.replace(/^[-~]|[-~]$/g, '').trim()
  // Zola: `youtube(id="x")`
  const [, slash = '', name = '', rest = ''] = /^(\/?)\s*([\p{L}_][\p{L}\p{N}_./-]*)?([\s\S]*)$/u.exec(bare) ?? []
  const isEnd = kind === 'liquid' && /^end/.test(name)
  const called = /^\(([\s\S]*)\)$/.exec(rest.trim())
  return {
    kind,
    name: (isEnd ? name.slice(3) : name).toLowerCase(),
    // `/*` begins an escaped tag.
    isClosing: isEnd || (slash === '/' && !rest.startsWith('*')),
    rest: (called?.[1] ?? rest).replace(/\/\s*$/, '').trim(),
    start,
    end,
    closedBy: undefined,
  }
}

/** Whether the content only makes sense when the site is built. */
function isLeftOut({ kind, name }: Tag): boolean {
  return (
    kind === 'liquid' &&
    /^(?:for|capture|tablerow|comment|schema|javascript|stylesheet|style|css|js|block|macro|set|call|paginate)$/.test(name)
  )
}

function endOfBranch(tags: readonly Tag[], from: number): Tag | undefined {
  for (const tag of tags.slice(from + 1, from + 200)) if (tag.isClosing && /^(?:if|unless|case|for)$/.test(tag.name)) return tag
  return undefined
}

/** HTML before and after the content of a pair of tags. */
function around({ name, rest }: Tag): readonly [string, string] {
  const args = parseArguments(rest)
  const title = args.named.get('title') ?? args.named.get('summary') ?? args.listed.filter((word) => /\s/.test(word)).at(0)
  if (isNote(name)) return [`\n\n<aside>\n\n${title === undefined ? '' : `**${title.trim()}**\n\n`}`, '\n\n</aside>\n\n']
  if (isDetails(name))
    return [`\n\n<details><summary>${quoted(title ?? rest.replace(/^["']|["']$/g, '')) || '…'}</summary>\n\n`, '\n\n</details>\n\n']
  if (isQuote(name)) {
    const source = args.named.get('author') ?? args.named.get('cite') ?? (args.named.size === 0 ? rest : '')
    return ['\n\n<blockquote>\n\n', `\n\n${source === '' ? '' : `<footer>${quoted(source)}</footer>\n\n`}</blockquote>\n\n`]
  }
  const href = args.named.get('href') ?? args.named.get('url') ?? args.named.get('link')
  if (href !== undefined && /button|link|^a$/.test(name)) return [`<a href="${quoted(href)}">`, '</a>']
  const shown = showEmbed(name, args) ?? showAddresses(args, name)
  return shown === undefined ? ['', ''] : [`${shown} `, '']
}

/** HTML of a tag without content. */
function alone(tag: Tag, base: NormaliseContext): string {
  const { kind, name, rest } = tag
  if (tag.isClosing) return ''
  if (kind === 'output') return output(tag)
  const args = parseArguments(rest)
  const first = args.listed[0] ?? ''
  if (/^(?:ref|relref|post_url|link|asset_path|post_path|doc|page_url)$/.test(name)) {
    const target = args.named.get('path') ?? first
    const [page = '', fragment] = target.split('#')
    const known = base.addressOf(page)
    if (name === 'asset_path') return target
    return known === undefined || page === ''
      ? isAddress(target) || target.startsWith('#')
        ? target
        : ''
      : [known, fragment].filter(Boolean).join('#')
  }
  if (name === 'post_link') return `<a href="${quoted(base.addressOf(first) ?? '')}">${quoted(args.listed.slice(1).join(' ') || first)}</a>`
  if (name === 'asset_img' || (name === 'img' && kind === 'liquid' && args.named.size === 0)) return hexoPicture(args.listed)
  if (name === 'param' && kind === 'hugo') return quoted(base.params.get((args.named.get('name') ?? first).toLowerCase()) ?? '')
  if (name === 'qr') return codeOf(args)
  if (name === 'asset_link') return `<a href="${quoted(first)}">${quoted(args.listed.slice(1).join(' ') || first)}</a>`
  if (/^include|^render|^partial|^component/.test(name)) {
    const called =
      first
        .replace(/\.\w+$/, '')
        .split('/')
        .at(-1) ?? ''
    return showEmbed(called, parseArguments(rest.slice(rest.indexOf(first) + first.length))) ?? ''
  }
  if (/^(?:br|linebreak)$/.test(name)) return '<br>'
  const shown = showEmbed(name, args)
  if (shown !== undefined) return shown
  return showAddresses(args, name) ?? ''
}

/** What Hugo's `qr` draws as a code: an address or words. */
function codeOf(args: Arguments): string {
  const text = args.named.get('text') ?? args.listed[0] ?? ''
  return /^(?:https?:\/\/|mailto:|tel:)/i.test(text) ? `<a href="${quoted(text)}">${quoted(text)}</a>` : quoted(text)
}

function isAddress(target: string): boolean {
  return /^(?:https?:\/\/|\/|\.)/.test(target)
}

/** `{% img left /a.png 300 200 'A title' %}`: class names before the address, sizes and title after it. */
function hexoPicture(listed: readonly string[]): string {
  const at = listed.findIndex((word) => /[./]/.test(word))
  const address = listed[at]
  if (address === undefined) return ''
  const words = listed.slice(at + 1).filter((word) => !/^\d+%?$/.test(word))
  return `<img src="${quoted(address)}" alt="${quoted(words.join(' '))}">`
}

/** `{{ "/a.png" | relative_url }}` becomes its text, `{{ site.baseurl }}` nothing, a Zola call its HTML. */
function output({ name, rest }: Tag): string {
  const literal = /^\s*(?:"([^"]*)"|'([^']*)'|`([^`]*)`)/.exec(name === '' ? rest : '')
  if (literal) return literal[1] ?? literal[2] ?? literal[3] ?? ''
  const appended = /\|\s*append:\s*(?:"([^"]*)"|'([^']*)')/.exec(rest)
  if (appended) return appended[1] ?? appended[2] ?? ''
  return (rest === '' ? undefined : showEmbed(name, parseArguments(rest))) ?? ''
}
