import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { mayBeArticle } from './article-paths.ts'

/** Whether `path` (absolute) is `folder` or lies below it, by the letters of both: links are not followed. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && way !== path
}

/** What no author means to publish: dot files, and what package managers leave lying about. */
export function isHidden(path: string): boolean {
  return path.split(/[/\\]/).some((segment) => segment.startsWith('.') || segment === 'node_modules')
}

export type FoundFile =
  | { readonly status: 'found'; readonly path: string; readonly bytes: number; readonly changedAtMs: number }
  | { readonly status: 'missing' | 'outside' }

/** The real path of a file, where all links followed it still lies inside `folder`. */
export async function findFile(folder: string, path: string): Promise<FoundFile> {
  if (path.includes('\0')) return { status: 'missing' }
  try {
    const [realFolder, realFile] = await Promise.all([realpath(folder), realpath(path)])
    if (!isInside(realFolder, realFile)) return { status: 'outside' }
    const stats = await stat(realFile)
    return stats.isFile() ? { status: 'found', path: realFile, bytes: stats.size, changedAtMs: stats.mtimeMs } : { status: 'missing' }
  } catch (error) {
    if (isFileError(error)) return { status: 'missing' }
    throw error
  }
}

/** All files below `folder` that may be articles, relative to it with forward slashes, in the order of their paths. */
export async function listArticleFiles(folder: string, isOwnFolder: boolean): Promise<string[]> {
  const paths: string[] = []
  const walk = async (below: string): Promise<void> => {
    let entries: Dirent[]
    try {
      entries = await readdir(join(folder, below), { withFileTypes: true })
    } catch (error) {
      // A folder that went while it was read, or that may not be read, holds no articles.
      if (isFileError(error)) return
      throw error
    }
    for (const entry of entries) {
      if (isHidden(entry.name)) continue
      const path = below ? `${below}/${entry.name}` : entry.name
      // A linked folder may lead in circles; a linked file is judged when it is read.
      if (entry.isDirectory()) await walk(path)
      else if (mayBeArticle(path, isOwnFolder) && (entry.isFile() || entry.isSymbolicLink())) paths.push(path)
    }
  }
  await walk('')
  return paths.sort()
}

/** An error of the file system (it has a code such as ENOENT) and no fault of the program. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
}
