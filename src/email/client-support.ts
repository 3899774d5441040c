import { createRequire } from 'node:module'
import { readHtml } from '../platform/html/read.ts'
import { declarationsOf } from './css-declarations.ts'

/** A CSS property or an element that some mail programs do not support. */
export interface Unsupported {
  /** For example `position`, `display:grid`, `<video>`. */
  readonly what: string
  /** For example `Gmail (Android, iOS), Outlook (Windows)`. */
  readonly clients: string
}

/** Client families with nearly all readers. */
const families = ['apple-mail', 'gmail', 'outlook', 'yahoo', 'samsung-email']

/** Features that degrade without loss: square corners, uncropped pictures, default spacing. */
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

/** The data of caniemail.com: a few megabytes, loaded on the first check of an email. */
function loadSupport() {
  if (loaded) return loaded
  const { data, nicenames }: SupportData = createRequire(import.meta.url)('caniemail/caniemail.json')
  loaded = { bySlug: new Map(data.map((feature) => [feature.slug, feature])), nicenames }
  return loaded
}

/** Elements and inline styles of `html` that a major client does not support, each once. Ignores style sheets. */
export function unsupportedIn(html: string): Unsupported[] {
  const found = new Map<string, Unsupported>()
  const check = (what: string, ...slugs: readonly string[]) => {
    if (found.has(what)) return
    for (const slug of slugs) {
      const clients = clientsWithout(slug)
      if (clients !== '') found.set(what, { what, clients })
    }
  }
  for (const part of readHtml(html)) {
    if (part.kind !== 'open' || part.tag === 'style') continue
    check(`<${part.tag}>`, `html-${part.tag}`)
    for (const [name, value] of declarationsOf(part.attributes.get('style')?.value ?? '')) {
      if (name.startsWith('--')) check(name, 'css-variables')
      check(name, `css-${name}`)
      const keyword = value.toLowerCase()
      if (/^[a-z-]+$/.test(keyword)) check(`${name}:${keyword}`, `css-${name}-${keyword}`)
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
