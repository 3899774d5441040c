/** What keeps `slug` from being one segment of an address, or `undefined` where nothing does. */
export function whatIsWrongWithSlug(slug: string): string | undefined {
  if (slug === '') return 'is empty'
  if (slug.length > 200) return 'is longer than 200 characters'
  if (slug === '.' || slug === '..') return `"${slug}" is a step in a path, not a name`
  const found = /[/\\?#%]/.exec(slug)
  if (found) return `holds "${found[0]}", which would change the address`
  return undefined
}
