import { cleanLine } from './plain-text.ts'

/** A name as it stands in addresses: lower case, letters and digits of any script, hyphens between. May be empty. */
export function toKey(name: string): string {
  return cleanLine(name)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
}

/** The key of `/authors/:author/`. */
export function authorKey(name: string): string {
  return toKey(name)
}

/** What keeps `slug` from being one segment of an address, or `undefined` where nothing does. */
export function whatIsWrongWithSlug(slug: string): string | undefined {
  if (slug === '') return 'is empty'
  if (slug.length > 200) return 'is longer than 200 characters'
  if (slug === '.' || slug === '..') return `"${slug}" is a step in a path, not a name`
  const found = /[/\\?#%]/.exec(slug)
  if (found) return `holds "${found[0]}", which would change the address`
  return undefined
}

/** The slug of a file that names none: its own name, or its folder's where it is called index. */
export function slugOfPath(path: string): string {
  const segments = path.replace(/\.md$/i, '').split('/')
  const last = segments.at(-1) ?? ''
  const name = last === 'index' && segments.length > 1 ? (segments.at(-2) ?? last) : last
  return cleanLine(name).replace(/[/\\?#%\s]+/g, '-')
}
