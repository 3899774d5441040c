import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../platform/database/database.ts'
import type { Publication } from '../publication/publication.ts'
import type { FileRecord } from './files/read-file.ts'
import { takenOverId } from './links/article-urls.ts'
import { type FileText, type Minted, mintIds, recordTexts, renameFile, takeOverIds } from './store.ts'

/** Hash of title and body, with whitespace normalised. */
function textHashOf(record: FileRecord): string {
  const { title = '', body = '' } = record.content?.parsed ?? {}
  return hash('sha1', `${title}\n${body.replace(/\s+/g, ' ')}`, 'base64url')
}

function textOf(record: FileRecord): FileText {
  return { path: record.path, fingerprint: record.fingerprint, textHash: textHashOf(record) }
}

/** What `reconcile` compares: the rows in the database and the files on disk. */
export interface ReconcileContext {
  readonly publication: Publication
  readonly database: Database
  /** By path. Updated in place. */
  readonly minted: Map<string, Minted>
}

/**
 * Gives every file with content an id. A renamed file (same text, old path gone) keeps its id. Other new files take
 * over their id from `articles.ids`, or get a new one. Also records changed texts. Returns old path → new path.
 */
export async function reconcile(
  index: ReadonlyMap<string, FileRecord>,
  { publication, database, minted }: ReconcileContext,
  now: Date,
): Promise<Map<string, string>> {
  const renamed = new Map<string, string>()
  const unknown: FileRecord[] = []
  const changed: FileText[] = []
  for (const record of index.values()) {
    if (!record.content) continue
    const known = minted.get(record.path)
    if (!known) unknown.push(record)
    else if (known.fingerprint !== record.fingerprint) changed.push(textOf(record))
  }
  const remember = (rows: ReadonlyMap<string, Minted>) => {
    for (const [path, row] of rows) minted.set(path, row)
  }
  if (changed.length > 0) remember(await recordTexts(database, changed, now))
  if (unknown.length > 0) {
    const texts = unknown.map(textOf)
    const formerPaths = findFormerPaths(texts, index, minted, publication)
    for (const [path, former] of formerPaths) {
      const row = await renameFile(database, former, path)
      if (row) minted.set(path, row)
      minted.delete(former)
      renamed.set(former, path)
    }
    const fresh = texts.filter(({ path }) => !minted.has(path))
    const files = fresh.map((text) => ({ ...text, takenOverId: takenOver(index.get(text.path), publication) }))
    if (files.length > 0) remember(await mintIds(database, files, publication.url, now))
  }
  await takeOver(index, { publication, database, minted })
  return renamed
}

function takenOver(record: FileRecord | undefined, publication: Publication): string | undefined {
  return record?.content ? takenOverId(record.content.parsed, publication) : undefined
}

/** Replaces minted ids once `articles.ids` is set. Ids that were already taken over stay. */
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

/** New path → former path. Only for a text with exactly one former path that no longer exists. */
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
    // The index may still contain a file that was just deleted, so check the disk too.
    const gone = (wanted.get(textHash) ?? []).filter((former) => !index.get(former)?.content || !existsSync(join(articlesFolder, former)))
    const former = gone.length === 1 ? gone[0] : undefined
    if (former === undefined) continue
    found.set(path, former)
    wanted.set(textHash, [])
  }
  return found
}
