import { type Fields, flagOf, isMap, textIn, textOf } from './fields.ts'

interface WrittenHero {
  readonly name: string
  readonly address: string
  readonly alt: string | undefined
}

const addressNames = [
  'src',
  'url',
  'path',
  'image',
  'feature',
  'teaser',
  'overlay image',
  'relative path',
  'file',
  'name',
  'filename',
  'lqip',
  'default',
]

/** Reads the main picture: an address, a map with an address, or the first of a list of these. */
export function readHero(fields: Fields): WrittenHero | undefined {
  for (const { name, value } of fields.all('heroImage')) {
    const hero = pictureIn(name, value, 0)
    if (hero) return hero
  }
  return undefined
}

function pictureIn(name: string, value: unknown, depth: number): WrittenHero | undefined {
  if (depth > 3) return undefined
  if (Array.isArray(value)) {
    for (const one of value.slice(0, 10)) {
      const hero = pictureIn(name, one, depth + 1)
      if (hero) return hero
    }
    return undefined
  }
  if (isMap(value)) {
    const address = textIn(value, addressNames)
    if (address && looksLikeAddress(address, name))
      return { name, address, alt: textIn(value, ['alt', 'alt text', 'caption', 'title', 'image description']) }
    for (const inner of Object.values(value)) {
      const hero = typeof inner === 'object' ? pictureIn(name, inner, depth + 1) : undefined
      if (hero) return hero
    }
    return undefined
  }
  const address = textOf(value)
  return address && flagOf(value) === undefined && looksLikeAddress(address, name)
    ? { name, address: address.replace(/^!\[[^\]]*\]\(([^()\s]+).*\)$/, '$1'), alt: undefined }
    : undefined
}

/** Rejects values such as `featured: 3`, `header: dark` and `thumbnail: fa-icon`. Accepts any value of `heroImage`. */
function looksLikeAddress(text: string, name: string): boolean {
  if (/\{\{|\{%/.test(text)) return false
  return /^heroImage$/i.test(name) || /[/\\]|\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)/i.test(text)
}
