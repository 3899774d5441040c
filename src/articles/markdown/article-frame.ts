import { decodePath } from '../files/media.ts'

/** Ids of the page around an article (`templates/pages/article.liquid` and its partials). */
export const frameIds: readonly string[] = ['main', 'story', 'invitation', 'invited']

const tag = /<[a-z][a-z0-9]*(?: [^<>]*)?>/g

/**
 * Makes a clean fragment fit for the page around it: its headings stand below the title, and each id occurs once on the page. Links to a
 * renamed id follow it. `url`: of the page.
 */
export function fitIntoPage(html: string, url: string): string {
  // In text and in values, `<` is written as an entity.
  const lowered = html.includes('<h1') ? html.replace(/(<\/?h)([1-5])(?=[ >])/g, (_, open, level) => `${open}${Number(level) + 1}`) : html
  return lowered.includes(' id="') ? withUniqueIds(lowered, url) : lowered
}

function withUniqueIds(html: string, url: string): string {
  const used = new Set(frameIds)
  const counts = new Map<string, number>()
  /** Id → the name of the first element that has it, where that is another one. */
  const renamed = new Map<string, string>()
  const known = new Set<string>()
  const unique = html.replace(tag, (written) =>
    written.replace(/ id="([^"]*)"/, (whole, id: string) => {
      let name = id
      for (let count = counts.get(id) ?? 1; used.has(name); count++) {
        name = `${id}-${count}`
        counts.set(id, count + 1)
      }
      used.add(name)
      if (!known.has(id) && name !== id) renamed.set(id, name)
      known.add(id)
      return name === id ? whole : ` id="${name}"`
    }),
  )
  if (renamed.size === 0) return unique
  return unique.replace(tag, (written) =>
    written.replace(/ href="([^"#]*)#([^"]*)"/, (whole, page: string, fragment: string) => {
      const name = page.replaceAll('&amp;', '&') === url ? renamed.get(decodePath(fragment) ?? fragment) : undefined
      return name === undefined ? whole : ` href="${page}#${encodeURIComponent(name)}"`
    }),
  )
}
