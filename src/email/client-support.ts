import { createRequire } from 'node:module'
import { readHtml } from '../platform/html/read.ts'
import { declarationsOf } from './css-declarations.ts'

/** What some readers' programs do not show: a property or an element, and who they are. */
export interface Unsupported {
  /** As it is written: `position`, `display:grid`, `<video>`. */
  readonly what: string
  /** `Gmail (Android, iOS), Outlook (Windows)`. */
  readonly clients: string
}

/** Together nearly everybody. */
const families = ['apple-mail', 'gmail', 'outlook', 'yahoo', 'samsung-email']

/** Nothing is lost where these do nothing: a corner is square, a picture uncropped, a name for a screen reader unsaid. */
const harmless = new Set([
  ...['css-aspect-ratio', 'css-border-radius', 'css-object-fit', 'css-object-position', 'css-cursor', 'css-word-break', 'css-white-space'],
  ...['css-overflow', 'css-max-width', 'css-max-height', 'css-outline', 'css-outline-offset', 'css-letter-spacing', 'css-box-shadow'],
  ...[
    'css-text-shadow',
    'css-transition',
    'css-display-none',
    'css-overflow-wrap',
    'css-hyphens',
    'css-box-sizing',
    'css-text-underline-offset',
  ],
  ...[
    'css-height',
    'css-text-decoration-thickness',
    'css-text-decoration-color',
    'css-text-wrap',
    'css-direction',
    'css-opacity',
    'html-body',
  ],
])

interface Feature {
  readonly slug: string
  /** Client family → platform → version → `y`, `n`, `a` (partly) or `u`, with the numbers of notes. */
  readonly stats: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
}

interface SupportData {
  readonly data: readonly Feature[]
  readonly nicenames: { readonly family: Readonly<Record<string, string>>; readonly platform: Readonly<Record<string, string>> }
}

let loaded: { readonly bySlug: ReadonlyMap<string, Feature>; readonly nicenames: SupportData['nicenames'] } | undefined

/** The data of caniemail.com, without the programs around it: a few megabytes, loaded only to lint a mail. */
function loadSupport() {
  if (loaded) return loaded
  const { data, nicenames }: SupportData = createRequire(import.meta.url)('caniemail/caniemail.json')
  loaded = { bySlug: new Map(data.map((feature) => [feature.slug, feature])), nicenames }
  return loaded
}

/** What `html` uses in its elements and their styles that a client of weight does not know, each once. Style sheets only add to that. */
export function unsupportedIn(html: string): Unsupported[] {
  const found = new Map<string, Unsupported>()
  const look = (what: string, ...slugs: readonly string[]) => {
    if (found.has(what)) return
    for (const slug of slugs) {
      const clients = clientsWithout(slug)
      if (clients !== '') found.set(what, { what, clients })
    }
  }
  for (const part of readHtml(html)) {
    if (part.kind !== 'open' || part.tag === 'style') continue
    look(`<${part.tag}>`, `html-${part.tag}`)
    for (const [name, value] of declarationsOf(part.attributes.get('style')?.value ?? '')) {
      if (name.startsWith('--')) look(name, 'css-variables')
      look(name, `css-${name}`)
      const keyword = value.toLowerCase()
      if (/^[a-z-]+$/.test(keyword)) look(`${name}:${keyword}`, `css-${name}-${keyword}`)
    }
  }
  return [...found.values()]
}

function clientsWithout(slug: string): string {
  const { bySlug, nicenames } = loadSupport()
  const feature = bySlug.get(slug)
  if (!feature || harmless.has(slug)) return ''
  const without = families.flatMap((family) => {
    const platforms = Object.entries(feature.stats[family] ?? {}).flatMap(([platform, versions]) =>
      Object.values(versions).at(-1)?.startsWith('n') ? [nicenames.platform[platform] ?? platform] : [],
    )
    return platforms.length > 0 ? [`${nicenames.family[family] ?? family} (${platforms.join(', ')})`] : []
  })
  return without.join(', ')
}
