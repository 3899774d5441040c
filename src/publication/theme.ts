import { hash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Publication } from './publication.ts'

/** Accent colours if the file names none. */
export const defaultAccent = { light: '#8a1c1c', dark: '#e08a7d' }

/** Part of the style sheet's URL. It differs for each theme, so browsers may cache the sheet forever. */
export function themeKey({ accent, fonts }: Pick<Publication, 'accent' | 'fonts'>): string {
  const own = fonts.text || fonts.labels ? [hash('sha256', JSON.stringify([fonts.text, fonts.labels]), 'hex').slice(0, 8)] : []
  return [accent.light.slice(1), accent.dark.slice(1), ...own].join('-')
}

export type FoundLogo = { readonly path: string } | { readonly problem: string }

/** Finds the picture that `logo:` names. `contentFolder` is a real path; the returned path is relative to it, with forward slashes. */
export async function findLogo(contentFolder: string, named: string): Promise<FoundLogo> {
  const path = await realpath(join(contentFolder, named)).catch(() => undefined)
  if (path === undefined) return { problem: `file not found: ${named}` }
  const segments = relative(contentFolder, path).split(sep)
  if (segments[0] === '..' || segments.some((segment) => segment.startsWith('.')))
    return { problem: `is not inside the content folder: ${named}` }
  if (!/\.(?:svg|png|jpe?g|webp|avif|gif)$/i.test(path)) return { problem: `is not a picture: ${named}` }
  return { path: segments.join('/') }
}
