import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { setImmediate } from 'node:timers'
import type { Publication } from '../../publication/publication.ts'
import { isFileError, isHidden } from '../files/folder.ts'
import { localFileCandidates } from './resolve-link.ts'

/** In entries of folders. A larger folder is searched in part, so that one page does not wait for it. */
const maxEntries = 5_000
/** Kept for one turn of the event loop, so that all names of a page share one search. */
let known: { readonly folder: string; readonly paths: ReadonlyMap<string, string> } | undefined

/**
 * The path from the content folder of a file that a body names without its folder, as Obsidian does. Undefined if the name leads to a file
 * as it is, or to none. Of several files, the first by path counts.
 */
export function pathOfNamedFile(publication: Publication, path: string, name: string): string | undefined {
  if (localFileCandidates(name, { publication, path }).some((file) => existsSync(file))) return undefined
  const { contentFolder } = publication
  if (known?.folder !== contentFolder) {
    known = { folder: contentFolder, paths: pathsByName(contentFolder) }
    setImmediate(() => {
      known = undefined
    })
  }
  const found = known.paths.get(name.slice(name.lastIndexOf('/') + 1).toLowerCase())
  return found === undefined ? undefined : `/${found.split('/').map(encodeURIComponent).join('/')}`
}

function pathsByName(folder: string): Map<string, string> {
  const paths = new Map<string, string>()
  const folders = [folder]
  let entries = 0
  for (let next = folders.shift(); next !== undefined && entries < maxEntries; next = folders.shift()) {
    for (const entry of entriesOf(next)) {
      entries++
      if (isHidden(entry.name)) continue
      const file = join(next, entry.name)
      if (entry.isDirectory()) folders.push(file)
      else if (!paths.has(entry.name.toLowerCase())) paths.set(entry.name.toLowerCase(), relative(folder, file).split(sep).join('/'))
    }
  }
  return paths
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    if (isFileError(error)) return []
    throw error
  }
}
