import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { noteNameOf } from '../../publication/note-names.ts'
import type { Publication } from '../../publication/publication.ts'
import { isMarkdownLike } from './article-paths.ts'
import { isAuthorsFile } from './authors-file.ts'

/** Whether `path` is below `folder`. Both are absolute; compares text only and does not follow links. */
export function isInside(folder: string, path: string): boolean {
  const relativePath = relative(folder, path)
  return relativePath !== '..' && !relativePath.startsWith(`..${sep}`) && relativePath !== path
}

/** Whether a path is a dot file or in `node_modules`, which are never published. */
export function isHidden(path: string): boolean {
  return path.split(/[/\\]/).some((segment) => segment.startsWith('.') || segment === 'node_modules')
}

export type FoundFile =
  | { readonly status: 'found'; readonly path: string; readonly bytes: number; readonly changedAtMs: number }
  | { readonly status: 'missing' | 'outside' }

/** Finds a file whose real path, with all links followed, is inside `folder`. */
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

/** Paths below a folder, relative to it, with forward slashes, sorted. */
export interface FolderList {
  /** Markdown files and files that look like them. */
  readonly paths: readonly string[]
  readonly authorsFiles: readonly string[]
}

/** Lists Markdown files and authors files below the articles folder. Hidden files and folders are left out, and notes of issues. */
export async function listFolder(publication: Pick<Publication, 'articlesFolder' | 'notesFolder' | 'digests'>): Promise<FolderList> {
  const { articlesFolder: folder } = publication
  const paths: string[] = []
  const authorsFiles: string[] = []
  const walk = async (below: string): Promise<void> => {
    let entries: Dirent[]
    try {
      entries = await readdir(join(folder, below), { withFileTypes: true })
    } catch (error) {
      // The folder was removed meanwhile, or is not readable.
      if (isFileError(error)) return
      throw error
    }
    for (const entry of entries) {
      if (isHidden(entry.name)) continue
      const path = below ? `${below}/${entry.name}` : entry.name
      // Linked folders are skipped because they may form a loop. Linked files are checked when they are read.
      if (entry.isDirectory()) await walk(path)
      else if (isAuthorsFile(path)) authorsFiles.push(path)
      else if (isMarkdownLike(path) && (entry.isFile() || entry.isSymbolicLink()) && !noteNameOf(publication, join(folder, path)))
        paths.push(path)
    }
  }
  await walk('')
  return { paths: paths.sort(), authorsFiles: authorsFiles.sort() }
}

/** Whether an error comes from the file system (it has a code such as ENOENT) and is not a bug. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
}
