import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { noteNameOf } from '../../publication/note-names.ts'
import type { Publication } from '../../publication/publication.ts'
import type { LeftOut } from '../article.ts'
import { isMarkdownLike } from './article-paths.ts'
import { isFileError, isHidden, isInside } from './folder.ts'
import { mediaUrl } from './media.ts'

export interface UnreadFiles {
  /** Markdown-like files that `listFolder` does not list, by their paths from the articles folder. */
  readonly files: readonly LeftOut[]
  /** Folders that are not entered, absolute. */
  readonly folders: readonly { readonly path: string; readonly reason: string }[]
  /** Files that look private, absolute. */
  readonly exposed: readonly { readonly path: string; readonly reason: string }[]
}

/** Lists of people, databases and keys. */
const privateName =
  /^\.env(?:\..+)?$|\.(?:csv|tsv|xlsx?|ods|sqlite3?|db|sql|dump|env|key|pem|p12|pfx|jks|kdbx|mbox|eml)$|^id_(?:rsa|ecdsa|ed25519)$/i
/** Further ones are counted. */
const maxExposed = 20

/** Walks the whole content folder, also what is hidden. Only for `check`: `node_modules` may hold 100,000 files. */
export async function listUnread(publication: Publication): Promise<UnreadFiles> {
  const { contentFolder, articlesFolder } = publication
  const files: LeftOut[] = []
  const folders: { path: string; reason: string }[] = []
  const exposed: { path: string; reason: string }[] = []
  let exposedCount = 0
  const add = (file: string) => {
    if (noteNameOf(publication, file)) return
    const isAmongArticles = isInside(articlesFolder, file)
    const path = relative(articlesFolder, file).split(sep).join('/')
    if (isHidden(relative(isAmongArticles ? articlesFolder : contentFolder, file))) {
      files.push({ path, reason: 'dot_file', detail: 'is not read: it is in node_modules or under a name with a dot' })
    } else if (!isAmongArticles) files.push({ path, reason: 'outside', detail: 'is outside the articles folder' })
  }
  const walk = async (folder: string): Promise<void> => {
    let entries: Dirent[]
    try {
      entries = await readdir(folder, { withFileTypes: true })
    } catch (error) {
      if (!isFileError(error)) throw error
      if (error.code !== 'ENOENT') folders.push({ path: folder, reason: `the folder cannot be read: ${error.code}` })
      return
    }
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await walk(path)
      else if (privateName.test(entry.name) && !isHidden(relative(contentFolder, folder))) {
        if (++exposedCount <= maxExposed) exposed.push({ path, reason: whyExposed(publication, path) })
      } else if (isMarkdownLike(entry.name) && (entry.isFile() || entry.isSymbolicLink())) add(path)
      else if (entry.isSymbolicLink() && (await isFolder(path)) && !isHidden(relative(contentFolder, path))) {
        folders.push({ path, reason: 'the folder is a link, which is not followed: articles in it are not read' })
      }
    }
  }
  await walk(contentFolder)
  if (exposedCount > maxExposed) {
    exposed.push({ path: contentFolder, reason: `holds ${exposedCount - maxExposed} more files that look private` })
  }
  return { files, folders, exposed }
}

function whyExposed(publication: Publication, path: string): string {
  const url = isHidden(relative(publication.contentFolder, path)) ? undefined : mediaUrl(publication, path)
  return url === undefined
    ? 'looks private, and the content folder is for what is published: move it elsewhere'
    : `is public: anyone can read it at ${url}. Move it out of the content folder if it is not meant to be`
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isFileError(error)) return false
    throw error
  }
}
