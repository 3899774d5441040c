/** A part of HTML that a template and MJML made: well formed, so that a few rules read it. */
export type HtmlPart =
  | { readonly kind: 'open'; readonly tag: string; readonly attributes: ReadonlyMap<string, string>; readonly isEmpty: boolean }
  | { readonly kind: 'close'; readonly tag: string }
  | { readonly kind: 'text'; readonly text: string }

const pieces =
  /<!--[\s\S]*?-->|<(style|script)\b[\s\S]*?<\/\1\s*>|<!(?:"[^"]*"|'[^']*'|[^'">])*>|<(\/?)([a-z][\w:-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|[^<]+/gi
const emptyTags = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'])

/** Tags and texts in their order, without comments (what only Outlook sees) and style sheets. */
export function* partsOfHtml(html: string): Generator<HtmlPart> {
  for (const [whole, , slash, name, rest = ''] of html.matchAll(pieces)) {
    const tag = name?.toLowerCase()
    if (tag === undefined) {
      if (!whole.startsWith('<')) yield { kind: 'text', text: decodeEntities(whole) }
    } else if (slash) yield { kind: 'close', tag }
    else yield { kind: 'open', tag, attributes: attributesOf(rest), isEmpty: emptyTags.has(tag) || rest.endsWith('/') }
  }
}

function attributesOf(text: string): Map<string, string> {
  const found = text.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g)
  return new Map(
    [...found].map(([, name = '', double, single, bare]) => [name.toLowerCase(), decodeEntities(double ?? single ?? bare ?? '')]),
  )
}

/** The declarations of a `style` attribute, names in small letters. */
export function declarationsOf(style: string): [name: string, value: string][] {
  return style.split(';').flatMap((declaration): [string, string][] => {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*:\s*(.*?)\s*(?:!important\s*)?$/s.exec(declaration) ?? []
    return name === '' ? [] : [[name.toLowerCase(), value]]
  })
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0', zwnj: '\u200C' }

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name: string | undefined) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? whole
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole
  })
}
