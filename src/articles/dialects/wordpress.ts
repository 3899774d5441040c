import { isDetails, isNote, isQuote, parseArguments, quoted, showAddresses, showEmbed, watchAddress } from './embeds.ts'

interface Shortcode {
  readonly name: string
  readonly isClosing: boolean
  readonly rest: string
  readonly start: number
  readonly end: number
  closedBy: number | undefined
}

const shortcode = /\[(?:(\/)([a-z][\w-]{1,40})\](?!\()|([a-z][\w-]{1,40})(?:((?:\s|=)[^\][]{1,2000})\](?!\()|\](?![(:[])))/gi
const known = /^(?:caption|wp_caption|gallery|embed|audio|video|playlist|youtube|vimeo|tweet|googlemaps|soundcloud|contact-form-7)$/

/** Reads WordPress' shortcodes. Unknown ones go if they are pairs or have attributes; what they enclose stays. */
export function readWordpress(text: string): string {
  const codes = readCodes(text)
  const closers = new Map<number, string>()
  let plain = ''
  let at = 0
  for (const [index, code] of codes.entries()) {
    if (code.start < at) continue
    const partner = code.closedBy === undefined ? undefined : codes[code.closedBy]
    const closing = closers.get(index)
    const shown = closing ?? (code.isClosing && known.test(code.name) ? '' : show(code, partner, text))
    if (shown === undefined) continue
    plain += text.slice(at, code.start)
    at = code.end
    if (typeof shown === 'string') plain += shown
    else if ('whole' in shown && partner) {
      plain += shown.whole
      at = partner.end
    } else if ('open' in shown && code.closedBy !== undefined) {
      plain += shown.open
      closers.set(code.closedBy, shown.close)
    }
  }
  return plain + text.slice(at)
}

function readCodes(text: string): Shortcode[] {
  const codes: Shortcode[] = []
  const open = new Map<string, number[]>()
  for (const match of text.matchAll(shortcode)) {
    const name = (match[2] ?? match[3] ?? '').toLowerCase()
    const isClosing = match[1] === '/'
    const start = match.index
    codes.push({ name, isClosing, rest: match[4] ?? '', start, end: start + match[0].length, closedBy: undefined })
    const stack = open.get(name) ?? []
    open.set(name, stack)
    const opener = isClosing ? stack.pop() : undefined
    if (opener !== undefined) (codes[opener] as Shortcode).closedBy = codes.length - 1
    if (!isClosing) stack.push(codes.length - 1)
  }
  return codes
}

type Shown = string | { readonly whole: string } | { readonly open: string; readonly close: string }

/** What replaces a shortcode. Undefined: it is text in brackets. */
function show({ name, rest, end }: Shortcode, partner: Shortcode | undefined, text: string): Shown | undefined {
  const args = parseArguments(rest.replace(/^=/, ' ').replace(/\/\s*$/, ''))
  const inner = partner ? text.slice(end, partner.start) : ''
  if (/^(?:wp_)?caption$/.test(name)) return partner ? { whole: captioned(inner, args.named.get('caption')) } : undefined
  const address = /^\s*(https?:\/\/[^\s<>[\]]+)\s*$/.exec(inner)?.[1] ?? args.listed.find((word) => /^https?:\/\//.test(word))
  if (address !== undefined && (name === 'embed' || known.test(name))) {
    const link = `<a href="${quoted(watchAddress(address))}">${quoted(watchAddress(address))}</a>`
    return partner ? { whole: link } : link
  }
  if (name === 'gallery' || name === 'playlist') return showAddresses(args) ?? ''
  if (name === 'audio' || name === 'video') {
    const files = [...args.named].filter(([key]) => /^(?:src|mp3|m4a|ogg|wav|wma|mp4|m4v|webm|ogv|flv)$/.test(key))
    const sources = files.map(([, value]) => `<source src="${quoted(value)}">`).join('')
    return files.length > 0 ? `<${name} controls>${sources}</${name}>` : partner ? { open: '', close: '' } : ''
  }
  const isUnknown = !known.test(name)
  if (isUnknown && !partner && args.named.size === 0) return undefined
  const shown = `${showEmbed(name, args) ?? showAddresses(args) ?? ''}`
  if (!partner) return shown
  if (isNote(name)) return { open: '\n\n<aside>\n\n', close: '\n\n</aside>\n\n' }
  if (isQuote(name)) return { open: '\n\n<blockquote>\n\n', close: '\n\n</blockquote>\n\n' }
  if (isDetails(name))
    return {
      open: `\n\n<details><summary>${quoted(args.named.get('title') ?? '…')}</summary>\n\n`,
      close: '\n\n</details>\n\n',
    }
  return { open: shown === '' ? '' : `${shown} `, close: '' }
}

const picture =
  /^\s*(\[!\[[^\][]{0,500}\]\([^()\n]{0,2000}\)\]\([^()\n]{0,2000}\)|!\[[^\][]{0,500}\]\([^()\n]{0,2000}\)|<a\b[^<>]{0,2000}>\s{0,20}<img\b[^<>]{0,2000}>\s{0,20}<\/a>|<img\b[^<>]{0,2000}>)/i

/** A picture, linked or not, and the words beside it. */
function captioned(inner: string, stated: string | undefined): string {
  const found = picture.exec(inner)
  const shown = found?.[1] ?? ''
  const words = (stated ?? inner.slice(found?.[0].length ?? 0)).trim()
  if (words === '') return `\n\n${shown}\n\n`
  // Markdown between HTML tags is only read after an empty line.
  const caption = /[[*_`]/.test(words) ? `\n\n${words}\n\n` : words
  return `\n\n<figure>\n\n${shown}\n\n<figcaption>${caption}</figcaption>\n</figure>\n\n`
}
