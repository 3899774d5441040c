import { hash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Publication } from './publication.ts'

/** Colours where the file names none. */
export const defaultAccent = { light: '#8a1c1c', dark: '#e08a7d' }

/** Stands in the address of the style sheet. It differs for each theme, so that browsers may keep the sheet for ever. */
export function themeKey({ accent, fonts }: Pick<Publication, 'accent' | 'fonts'>): string {
  const own = fonts.text || fonts.labels ? [hash('sha256', JSON.stringify([fonts.text, fonts.labels]), 'hex').slice(0, 8)] : []
  return [accent.light.slice(1), accent.dark.slice(1), ...own].join('-')
}

export type FoundLogo = { readonly path: string } | { readonly fault: string }

/** The picture that `logo:` names, relative to the content folder (absolute, links followed), with forward slashes. */
export async function findLogo(contentFolder: string, named: string): Promise<FoundLogo> {
  const path = await realpath(join(contentFolder, named)).catch(() => undefined)
  if (path === undefined) return { fault: `names a file that is not there: ${named}` }
  const way = relative(contentFolder, path).split(sep)
  if (way[0] === '..' || way.some((segment) => segment.startsWith('.')))
    return { fault: `names a file that is not inside the content folder: ${named}` }
  if (!/\.(?:svg|png|jpe?g|webp|avif|gif)$/i.test(path)) return { fault: `names a file that is no picture: ${named}` }
  return { path: way.join('/') }
}
