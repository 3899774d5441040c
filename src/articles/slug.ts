/** Why `slug` cannot be one segment of a URL path, as a predicate; undefined if it can. */
export function slugProblem(slug: string): string | undefined {
  if (slug === '') return 'is empty'
  if (slug.length > 200) return 'is longer than 200 characters'
  if (slug === '.' || slug === '..') return `must be a name, not "${slug}"`
  const found = /[/\\?#%]/.exec(slug)
  if (found) return `contains "${found[0]}", which would change the address`
  return undefined
}
