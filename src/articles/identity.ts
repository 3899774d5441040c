import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../platform/database/database.ts'
import type { Publication } from '../publication/publication.ts'
import type { FileRecord } from './files/read-file.ts'
import { takenOverId } from './links/article-urls.ts'
import { type FileText, type Minted, mintIds, recordTexts, renameFile, takeOverIds } from './store.ts'

/** Of a title and a body, whatever blanks are between their words. */
function textHashOf(record: FileRecord): string {
  const { title = '', body = '' } = record.content?.parsed ?? {}
  return hash('sha1', `${title}\n${body.replace(/\s+/g, ' ')}`, 'base64url')
}

function textOf(record: FileRecord): FileText {
  return { path: record.path, fingerprint: record.fingerprint, textHash: textHashOf(record) }
}

/** What the store and the files on disk make of each other. */
export interface ReconcileContext {
  readonly publication: Publication
  readonly database: Database
  /** By path; brought up to date. */
  readonly minted: Map<string, Minted>
}

/**
 * Gives every file with content its id: the one it had under another name where its text is found again and that name is
 * gone, else the one it had elsewhere, else a new one. Notes which texts changed. Returns the paths that were left, with those they were left for.
 */
export async function reconcile(
  index: ReadonlyMap<string, FileRecord>,
  { publication, database, minted }: ReconcileContext,
  now: Date,
): Promise<Map<string, string>> {
  const left = new Map<string, string>()
  const strangers: FileRecord[] = []
  const changed: FileText[] = []
  for (const record of index.values()) {
    if (!record.content) continue
    const known = minted.get(record.path)
    if (!known) strangers.push(record)
    else if (known.fingerprint !== record.fingerprint) changed.push(textOf(record))
  }
  const keep = (rows: ReadonlyMap<string, Minted>) => {
    for (const [path, row] of rows) minted.set(path, row)
  }
  if (changed.length > 0) keep(await recordTexts(database, changed, now))
  if (strangers.length > 0) {
    const texts = strangers.map(textOf)
    const formerPaths = findFormerPaths(texts, index, minted, publication)
    for (const [path, former] of formerPaths) {
      const row = await renameFile(database, former, path)
      if (row) minted.set(path, row)
      minted.delete(former)
      left.set(former, path)
    }
    const fresh = texts.filter(({ path }) => !minted.has(path))
    const files = fresh.map((text) => ({ ...text, takenOverId: takenOver(index.get(text.path), publication) }))
    if (files.length > 0) keep(await mintIds(database, files, publication.url, now))
  }
  await takeOver(index, { publication, database, minted })
  return left
}

function takenOver(record: FileRecord | undefined, publication: Publication): string | undefined {
  return record?.content ? takenOverId(record.content.parsed, publication) : undefined
}

/** Where ids come from elsewhere, those that were minted before anybody said so give way. One that was taken over stays. */
async function takeOver(index: ReadonlyMap<string, FileRecord>, { publication, database, minted }: ReconcileContext): Promise<void> {
  if (publication.articles.ids === undefined) return
  const ids = new Map<string, string>()
  for (const record of index.values()) {
    const known = minted.get(record.path)
    if (!known?.id.startsWith('urn:uuid:')) continue
    const id = takenOver(record, publication)
    if (id === undefined || id === known.id) continue
    ids.set(record.path, id)
    minted.set(record.path, { ...known, id })
  }
  if (ids.size > 0) await takeOverIds(database, ids)
}

/** New path → the one under which the same text was known, where only one such is gone. */
function findFormerPaths(
  texts: readonly FileText[],
  index: ReadonlyMap<string, FileRecord>,
  minted: ReadonlyMap<string, Minted>,
  { articlesFolder }: Publication,
): Map<string, string> {
  const wanted = new Map<string, string[]>(texts.map(({ textHash }) => [textHash, []]))
  for (const [path, { textHash }] of minted) if (textHash !== undefined) wanted.get(textHash)?.push(path)
  const found = new Map<string, string>()
  for (const { path, textHash } of texts) {
    // The file may be gone before anybody noticed.
    const gone = (wanted.get(textHash) ?? []).filter((former) => !index.get(former)?.content || !existsSync(join(articlesFolder, former)))
    const former = gone.length === 1 ? gone[0] : undefined
    if (former === undefined) continue
    found.set(path, former)
    wanted.set(textHash, [])
  }
  return found
}
