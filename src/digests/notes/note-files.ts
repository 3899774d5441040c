import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { findFile, isFileError } from '../../articles/files/folder.ts'
import { type NoteName, noteNameOf } from '../../publication/note-names.ts'
import type { Publication } from '../../publication/publication.ts'
import type { ReadNote } from './note.ts'
import { hashOfNote, maxNoteBytes, readNote } from './read-note.ts'

/** A note file as it was found on disk. */
export interface NoteFile extends ReadNote, NoteName {
  /** Absolute. */
  readonly path: string
  /** Relative to the content folder, such as `issues/weekly/next.md`. */
  readonly place: string
  /** '' if it cannot be read. */
  readonly text: string
  readonly hash: string
}

/**
 * Reads the notes of a digest whose names `isWanted`. A file that cannot be read has an error.
 */
export async function readNoteFiles(
  publication: Publication,
  digest: string,
  isWanted: (name: NoteName) => boolean = () => true,
): Promise<NoteFile[]> {
  const folder = join(publication.notesFolder, digest)
  const files: NoteFile[] = []
  for (const name of listNames(folder)) {
    const path = join(folder, name)
    const said = noteNameOf(publication, path)
    if (said && isWanted(said)) files.push({ ...said, ...(await readNoteFile(publication, path, said.language !== undefined)) })
  }
  return files
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    // Most digests have no folder. One that cannot be read fails, and the issue waits.
    if (isFileError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  }
}

type Content = Omit<NoteFile, keyof NoteName>

async function readNoteFile(publication: Publication, path: string, isTranslation: boolean): Promise<Content> {
  const place = relative(publication.contentFolder, path).split(sep).join('/')
  const refused = (reason: string): Content => ({
    path,
    place,
    text: '',
    hash: '',
    note: undefined,
    faults: [{ severity: 'error', field: undefined, line: undefined, reason }],
    lines: new Map(),
  })
  const found = await findFile(publication.contentFolder, path)
  if (found.status === 'outside') return refused('the symbolic link leads outside the content folder')
  if (found.status !== 'found') return refused('is no file that can be read')
  if (found.bytes > maxNoteBytes) return refused(`the note is longer than ${maxNoteBytes / 1024} KB, which no email holds`)
  try {
    const text = readFileSync(found.path, 'utf8')
    return { path, place, text, hash: hashOfNote(text), ...readNote(text, isTranslation) }
  } catch (error) {
    if (isFileError(error)) return refused(`cannot be read: ${error.code}`)
    throw error
  }
}
