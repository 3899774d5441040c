/** Metadata lines at the top of a file, and the text below them. */
export interface Header {
  readonly fields: Readonly<Record<string, unknown>>
  /** 1-based line of each field in the file. */
  readonly lines: ReadonlyMap<string, number>
  readonly body: string
}

/** Fields of Pelican, Nikola, Frog and MultiMarkdown. */
const known = new Set(
  'title date modified updated category categories tags tag slug author authors summary description subtitle status lang language keywords template save_as url link type image cover thumbnail series email copyright publisher translation has_math'.split(
    ' ',
  ),
)
/** Pelican separates these by semicolons, if there are any, else by commas. */
const lists = new Set(['tags', 'authors', 'keywords'])
/** In characters. */
const maxLength = 16 * 1024

const comment = /^\s*<!--[ \t]*\n([\s\S]*?)\n?[ \t]*-->[ \t]*(?:\n|$)/
const field = /^[ ]{0,3}(?:\.\. +)?([A-Za-z][\w-]{0,40}(?: [A-Za-z][\w-]{0,40})?):(?:[ \t]+(.*)|[ \t]*)$/

/**
 * Reads `Title: …` lines above a blank line, as Pelican and MultiMarkdown write them; the same indented by four spaces
 * (Frog); or `.. title: …` in a comment (Nikola). Indented lines go on with the field above. Undefined for prose that only
 * begins like that: there must be a title and a date, or at least two fields, all of them known.
 */
export function readHeader(text: string): Header | undefined {
  const head = text.slice(0, maxLength)
  const inComment = comment.exec(head)
  if (inComment) {
    const above = head.slice(0, inComment[0].indexOf(inComment[1] ?? '')).split('\n').length
    return headerOf((inComment[1] ?? '').split('\n'), above, () => text.slice(inComment[0].length))
  }
  const blank = /^(?:[ \t]*\n)*/.exec(head)?.[0] ?? ''
  const end = head.slice(blank.length).search(/\n[ \t]*(?:\n|$)/)
  const block = end < 0 ? head.slice(blank.length) : head.slice(blank.length, blank.length + end)
  const lines = block.split('\n')
  const isIndented = lines.every((line) => /^(?: {4}|\t)/.test(line))
  const dedented = isIndented ? lines.map((line) => line.replace(/^(?: {4}|\t)/, '')) : lines
  return headerOf(dedented, blank.split('\n').length, (read) => {
    const length = lines.slice(0, read).reduce((sum, line) => sum + line.length + 1, blank.length)
    return text.slice(length).replace(/^[ \t]*\n/, '')
  })
}

/** `bodyBelow`: the text below this many lines. */
function headerOf(lines: readonly string[], firstLine: number, bodyBelow: (read: number) => string): Header | undefined {
  const values = new Map<string, string[]>()
  const places = new Map<string, number>()
  let last: string[] | undefined
  let read = 0
  for (const line of lines) {
    const found = field.exec(line)
    const name = found?.[1]?.toLowerCase()
    if (name !== undefined) {
      last = [(found?.[2] ?? '').trim()]
      if (!values.has(name)) places.set(name, firstLine + read)
      values.set(name, last)
    } else if (last && /^[ \t]+\S/.test(line)) last.push(line.trim())
    else break
    read++
  }
  const names = [...values.keys()]
  const isDated = values.has('title') && values.has('date')
  const isKnown = read === lines.length && names.length > 1 && names.every((name) => known.has(name))
  if (!isDated && !isKnown) return undefined
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, parts] of values) {
    const text = parts.join(' ').trim()
    if (text === '') continue
    fields[name] = lists.has(name) ? listIn(parts) : text
  }
  return { fields, lines: places, body: bodyBelow(read) }
}

function listIn(parts: readonly string[]): string[] {
  const text = parts.join(', ')
  return text
    .split(text.includes(';') ? ';' : ',')
    .map((word) => word.trim().replace(/^["']|["']$/g, ''))
    .filter((word) => word !== '')
}
