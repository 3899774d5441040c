import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { ParseSettings } from '../parse.ts'
import type { ParsedArticle } from '../parsed-article.ts'
import { isFileError, listFolder } from './folder.ts'
import { type FileRecord, readFileRecord, stampOf } from './read-file.ts'

/** All files by path, sorted by path. */
export type FileIndex = ReadonlyMap<string, FileRecord>

/** Reads these files below the articles folder. */
export async function readFileIndex(settings: ParseSettings, paths: readonly string[]): Promise<FileIndex> {
  const read = new Map<string, FileRecord>()
  await forEachOf(paths, async (path) => {
    const record = await readFileRecord(settings, path)
    if (record) read.set(path, record)
  })
  return inOrder(read)
}

/** Sorts by path. Returns the same map if it is already sorted. */
function inOrder(index: FileIndex): FileIndex {
  let last = ''
  for (const path of index.keys()) {
    if (path < last) return new Map([...index].sort(([one], [other]) => (one < other ? -1 : 1)))
    last = path
  }
  return index
}

/** Reads these files again. Returns the new index, or `undefined` if nothing changed. */
export async function readAgain(settings: ParseSettings, index: FileIndex, paths: Iterable<string>): Promise<FileIndex | undefined> {
  const next = new Map(index)
  let isChanged = false
  await forEachOf([...paths], async (path) => {
    const before = index.get(path)
    const read = await readFileRecord(settings, path)
    if (!read && before) next.delete(path)
    else if (!read || (before && isSameRecord(before, read))) return
    else next.set(path, before ? withLastGood(read, before) : read)
    isChanged = true
  })
  return isChanged ? inOrder(next) : undefined
}

/** Paths of files that were added, removed or changed since they were read. */
export async function changedSince(settings: ParseSettings, index: FileIndex): Promise<string[]> {
  const { paths } = await listFolder(settings.publication)
  const present = new Set(paths)
  const changed = [...index.keys()].filter((path) => !present.has(path))
  await forEachOf(paths, (path) => {
    if (stampNow(join(settings.publication.articlesFolder, path)) !== index.get(path)?.stamp) changed.push(path)
  })
  return changed
}

/** The stamp of a file now; undefined if it is gone. */
export function stampNow(file: string): string | undefined {
  try {
    return stampOf(file, lstatSync(file))
  } catch (error) {
    if (isFileError(error)) return undefined
    throw error
  }
}

/** The same record with other values of its article. */
export function recordWith(record: FileRecord, values: Partial<ParsedArticle>): FileRecord {
  return record.content ? { ...record, content: { ...record.content, parsed: { ...record.content.parsed, ...values } } } : record
}

/** Keeps the last good content in service while an edit has errors. An edit that hides the article counts even then. */
function withLastGood(read: FileRecord, before: FileRecord): FileRecord {
  const isBroken = !read.content && read.problems.some(({ severity }) => severity === 'error')
  const hides = read.visibility !== undefined && read.visibility.hidings.length > 0
  return isBroken && !hides ? { ...read, content: before.content } : read
}

function isSameRecord(before: FileRecord, read: FileRecord): boolean {
  if (before.notArticle && read.notArticle && read.fingerprint === '') return before.notArticle.detail === read.notArticle.detail
  return (
    read.fingerprint !== '' &&
    read.fingerprint === before.fingerprint &&
    JSON.stringify([read.content?.hero, read.content?.enclosures]) === JSON.stringify([before.content?.hero, before.content?.enclosures])
  )
}

/** Reading one file takes about 0.1 ms. Other requests run between slices. */
const filesPerSlice = 50

async function forEachOf(paths: readonly string[], work: (path: string) => unknown): Promise<void> {
  for (const [index, path] of paths.entries()) {
    await work(path)
    if (index % filesPerSlice === filesPerSlice - 1) await yieldToEventLoop()
  }
}
