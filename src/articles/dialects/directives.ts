import { type Arguments, isDetails, isNote, parseArguments, quoted, showAddresses, showEmbed } from './embeds.ts'

/** One line that begins or ends a container, or is a leaf: `:::note[Mind]{.wide}`, `::card`, `::`. */
interface Fence {
  readonly line: number
  readonly colons: number
  /** Empty for a closing fence. */
  readonly name: string
  readonly label: string | undefined
  readonly args: Arguments
  /** Line of its closing fence. */
  closedBy: number | undefined
}

const fenceLine =
  /^[ \t>]{0,200}(?<colons>:{2,})(?<gap>[ \t]{0,20})(?<name>[A-Za-z][\w-]{0,80})?(?:\[(?<label>[^\]]{0,1000})\])?[ \t]{0,20}(?:\{(?<args>[^{}]{0,2000})\})?(?<title>[^\n]*)$/

/** Reads MDC's components and remark's directives, in all three forms. */
export function readDirectives(text: string): string {
  if (!text.includes(':')) return text
  const lines = text.split('\n')
  const fences = matchFences(lines.flatMap((line, index) => toFence(line, index) ?? []))
  if (fences.length > 0) replaceFences(lines, fences)
  return readTextDirectives(lines.join('\n'))
}

function toFence(line: string, index: number): Fence | undefined {
  if (!line.includes('::')) return undefined
  const groups = fenceLine.exec(line)?.groups
  if (!groups) return undefined
  const colons = groups.colons?.length ?? 0
  const { name = '', label, title = '' } = groups
  // Two colons before words are prose. Three are a container, also with a space and a title.
  if (colons === 2 && (groups.gap !== '' || title.trim() !== '')) return undefined
  if (name === '' && (title.trim() !== '' || label !== undefined)) return undefined
  const stated = title.trim().replace(/^["']|["']$/g, '')
  return {
    line: index,
    colons,
    name,
    label: label ?? (stated === '' ? undefined : stated),
    args: readAttributes(groups.args ?? ''),
    closedBy: undefined,
  }
}

/** Reads `{#id .class key="value" :bound="value"}`. */
function readAttributes(written: string): Arguments {
  const { named, listed } = parseArguments(written)
  const args = new Map([...named].map(([key, value]) => [key.replace(/^:/, ''), value]))
  const id = listed.find((word) => word.startsWith('#'))
  if (id !== undefined && !args.has('id')) args.set('id', id.slice(1))
  return { named: args, listed: listed.filter((word) => !/^[#.]/.test(word)) }
}

/** Pairs each closing fence with the last open one of as many colons, else of fewer. Two colons without an end are a leaf. */
function matchFences(found: readonly Fence[]): Fence[] {
  const matched: Fence[] = []
  const open: Fence[] = []
  const counts = new Map<number, number>()
  const count = (colons: number, change: number) => counts.set(colons, (counts.get(colons) ?? 0) + change)
  for (const fence of found) {
    if (fence.name !== '') {
      matched.push(fence)
      open.push(fence)
      count(fence.colons, 1)
      continue
    }
    const colons =
      (counts.get(fence.colons) ?? 0) > 0
        ? fence.colons
        : Math.max(0, ...[...counts].map(([one, how]) => (how > 0 && one < fence.colons && one > 2 ? one : 0)))
    if (colons === 0) {
      // A stray end of three colons shows nothing; two colons are text.
      if (fence.colons > 2) matched.push(fence)
      continue
    }
    for (let last = open.pop(); last; last = open.pop()) {
      count(last.colons, -1)
      if (last.colons === colons) {
        last.closedBy = fence.line
        break
      }
    }
  }
  return matched
}

function replaceFences(lines: string[], fences: readonly Fence[]): void {
  let unclosed = ''
  for (const fence of fences) {
    const isBlock = fence.colons > 2 || fence.closedBy !== undefined
    const [before, after] = fence.name === '' ? ['', ''] : isBlock ? container(fence) : [leaf(fence), '']
    lines[fence.line] = before === '' ? '' : `\n${before}\n`
    if (fence.name === '' || !isBlock) continue
    if (fence.closedBy !== undefined) lines[fence.closedBy] = after === '' ? '' : `\n${after}\n`
    // An end that is missing counts as at the end of the body.
    else if (unclosed.length < 500) unclosed = `\n${after}\n${unclosed}`
    if (fence.colons === 2 && fence.closedBy !== undefined) takeProps(lines, fence.line + 1, fence.closedBy)
  }
  if (unclosed !== '') lines.push('', unclosed)
}

/** HTML before and after what a container holds. */
function container({ name, label, args, colons }: Fence): readonly [string, string] {
  const title = label ?? args.named.get('title') ?? args.named.get('summary')
  if (isDetails(name)) return [`<details><summary>${quoted(title ?? '…')}</summary>`, '</details>']
  const shown = showEmbed(name, args) ?? showAddresses(args) ?? ''
  const heading = title === undefined ? '' : `**${title.trim()}**`
  if (isNote(name) || (colons > 2 && shown === '')) return [['<aside>', heading, shown].filter(Boolean).join('\n\n'), '</aside>']
  return [[heading, shown].filter(Boolean).join('\n\n'), '']
}

function leaf({ name, label, args }: Fence): string {
  const shown = showEmbed(name, withLabel(args, label)) ?? showAddresses(withLabel(args, label))
  return shown ?? label ?? ''
}

function withLabel(args: Arguments, label: string | undefined): Arguments {
  return label === undefined ? args : { ...args, named: new Map([['label', label], ...args.named]) }
}

/** Takes out the properties that MDC writes between `---` lines, and the names of slots. Keeps addresses. */
function takeProps(lines: string[], from: number, until: number): void {
  let start = from
  if (lines[start]?.trim() === '---') {
    const end = lines.indexOf('---', start + 1)
    const close = end < 0 || end >= until ? -1 : end
    if (close >= 0) {
      const named = new Map<string, string>()
      for (const line of lines.slice(start + 1, close)) {
        const [, key = '', value = ''] = /^[ \t]*:?([\w-]{1,80}):[ \t]+(.*)$/.exec(line) ?? []
        if (key !== '') named.set(key.toLowerCase(), value.trim().replace(/^["']|["']$/g, ''))
      }
      lines.fill('', start, close + 1)
      lines[start] = showAddresses({ named, listed: [] }) ?? ''
      start = close + 1
    }
  }
  for (let line = start; line < Math.min(until, start + 500); line++) if (/^#[a-z][\w-]{0,40}$/.test(lines[line] ?? '')) lines[line] = ''
}

const textDirective = /(?<![\w:\\/[(])(?::)([A-Za-z][\w-]{0,60})(?=[[{])/g
const phraseTags = /^(?:abbr|b|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u)$/

/** Reads `:name[label]{attributes}` inside a paragraph. */
function readTextDirectives(text: string): string {
  let plain = ''
  let at = 0
  textDirective.lastIndex = 0
  for (let match = textDirective.exec(text); match; match = textDirective.exec(text)) {
    const name = match[1] ?? ''
    let end = textDirective.lastIndex
    const labelEnd = text[end] === '[' ? closing(text, end, '[', ']') : undefined
    if (text[end] === '[' && labelEnd === undefined) continue
    const label = labelEnd === undefined ? undefined : text.slice(end + 1, labelEnd - 1)
    end = labelEnd ?? end
    const argsEnd = text[end] === '{' ? closing(text, end, '{', '}') : undefined
    // `:name{…}` with anything but attributes is prose.
    if (label === undefined && (argsEnd === undefined || !/[=.#]/.test(text.slice(end, argsEnd)))) continue
    const args = readAttributes(argsEnd === undefined ? '' : text.slice(end + 1, argsEnd - 1))
    end = argsEnd ?? end
    plain += text.slice(at, match.index) + phrase(name, label, args)
    at = end
    textDirective.lastIndex = end
  }
  return plain + text.slice(at)
}

function phrase(name: string, label: string | undefined, args: Arguments): string {
  if (phraseTags.test(name)) {
    const title = args.named.get('title')
    return `<${name}${title === undefined ? '' : ` title="${quoted(title)}"`}>${label ?? ''}</${name}>`
  }
  const href = args.named.get('href') ?? args.named.get('to') ?? args.named.get('url')
  if (href !== undefined && label !== undefined) return `<a href="${quoted(href)}">${label}</a>`
  const shown = showEmbed(name, args) ?? showAddresses(withLabel(args, label))
  if (shown !== undefined) return shown
  return isNote(name) && label !== undefined ? `**${label}**` : (label ?? '')
}

/** Index after the bracket that closes the one at `open`, on the same line. */
function closing(text: string, open: number, left: string, right: string): number | undefined {
  let depth = 0
  for (let at = open; at < Math.min(text.length, open + 1_000); at++) {
    const sign = text[at]
    if (sign === '\n') return undefined
    if (sign === '\\') at++
    else if (sign === left) depth++
    else if (sign === right && --depth === 0) return at + 1
  }
  return undefined
}
