import { join, relative, sep } from 'node:path'
import type { Database } from '../platform/database/database.ts'
import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem } from './article.ts'
import { type FileIndex, recordWith } from './files/file-index.ts'
import { type GitDates, readGitDates } from './files/git-dates.ts'
import { type Minted, readStoredGitDates, storeGitDates } from './store.ts'

/** Dates for files that state none, as `articles.undated` asks. Times of files are never used: a copy or a checkout changes them. */
export interface UndatedDates {
  /** Undefined: `leave_out`. */
  readonly at: ((path: string) => Date | undefined) | undefined
  readonly git: GitDates | undefined
  readonly problem: string | undefined
}

export interface UndatedContext {
  readonly publication: Publication
  /** Undefined: nothing is stored. */
  readonly database: Database | undefined
  readonly minted: ReadonlyMap<string, Minted>
  readonly now: () => Date
}

/** `before`: the dates as read before, for the same publication. */
export async function readUndated(context: UndatedContext, before?: UndatedDates): Promise<UndatedDates> {
  const { publication, minted, now } = context
  const { undated } = publication.articles
  if (undated === 'git') return readByGit(context, before?.git)
  // Corrected by `dateByFirstSeen` once the row is stored.
  const at = undated === 'first_seen' ? (path: string) => minted.get(path)?.firstSeenAt ?? now() : undefined
  return { at, git: undefined, problem: undefined }
}

async function readByGit({ publication, database }: UndatedContext, before: GitDates | undefined): Promise<UndatedDates> {
  const known = before ?? (database && (await readStoredGitDates(database)))
  const reading = await readGitDates(publication.articlesFolder, known)
  if (reading.status === 'failed') {
    const problem = `articles.undated is git, but ${reading.reason}. Files without a date are left out`
    return { at: () => undefined, git: undefined, problem }
  }
  const { git } = reading
  if (database && git !== known) await storeGitDates(database, git)
  return { at: (path) => git.dates.get(path), git, problem: undefined }
}

/** The problem, for a snapshot. */
export function undatedProblems({ articlesFolder, contentFolder }: Publication, { problem }: UndatedDates): ArticleProblem[] {
  if (problem === undefined) return []
  const path = relative(articlesFolder, join(contentFolder, 'publication.yaml')).split(sep).join('/')
  return [{ severity: 'error', path, field: undefined, line: undefined, reason: problem }]
}

/** Dates articles by the stored instant at which their files were first seen. Returns the same index if nothing changes. */
export function dateByFirstSeen(index: FileIndex, minted: ReadonlyMap<string, Minted>): FileIndex {
  const changed = new Map<string, Date>()
  for (const { path, content } of index.values()) {
    if (!content?.parsed.isDatedByFirstSeen) continue
    const seen = minted.get(path)?.firstSeenAt
    if (seen && seen.getTime() !== content.parsed.publishedAt.getTime()) changed.set(path, seen)
  }
  if (changed.size === 0) return index
  return new Map(
    [...index].map(([path, record]) => {
      const publishedAt = changed.get(path)
      return [path, publishedAt ? recordWith(record, { publishedAt }) : record]
    }),
  )
}
