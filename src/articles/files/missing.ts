import { readdir } from 'node:fs/promises'
import type { ParseSettings } from '../parse.ts'
import type { FileIndex } from './file-index.ts'
import { isFileError, isHidden, listFolder } from './folder.ts'

/**
 * Whether the files of `before` are gone because their folder is: it cannot be read, or nothing is left in it or in the content folder.
 * That is an unmounted disk or a checkout in progress, not a withdrawal. The only article may be withdrawn by deleting its file.
 */
export async function isFolderMissing({ publication }: ParseSettings, before: Pick<FileIndex, 'size'>): Promise<boolean> {
  const { contentFolder, articlesFolder } = publication
  try {
    await readdir(articlesFolder)
    if ((await readdir(contentFolder)).every(isHidden)) return true
  } catch (error) {
    if (isFileError(error)) return true
    throw error
  }
  return before.size > 1 && (await listFolder(publication)).paths.length === 0
}
