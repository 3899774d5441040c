import type { Article } from '../../articles/article.ts'
import type { Queries } from '../../platform/database/database.ts'
import { type Finding, placeIn, textOf } from '../../platform/finding.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { type Arranged, arrangeArticles, articleIdFinder } from './arrange-articles.ts'
import { type ChosenNote, chooseNote, type NoteOccasion, readCandidates } from './choose-note.ts'
import type { IssueNote } from './note.ts'
import type { NoteFile } from './note-files.ts'
import { deleteDraft, insertUsedNote } from './note-store.ts'
import { renderNote } from './render-note.ts'

/** The note of an issue with the articles as it arranges them. */
export interface NotedChoice {
  readonly chosen: ChosenNote
  readonly arranged: Arranged<Article>
  /** Why the issue must wait: errors of the note. */
  readonly faults: readonly Finding[]
}

/** Reads what may apply, outside of a transaction. */
export function readNotesFor(context: DigestsContext, digest: string, occasion: NoteOccasion): Promise<NoteFile[]> {
  return occasion.text === undefined ? readCandidates(context.publication(), digest, occasion) : Promise.resolve([])
}

/** Chooses the note of an issue and arranges `articles` by it. A note with errors arranges nothing. */
export async function applyNote(
  context: DigestsContext,
  db: Queries,
  definition: DigestDefinition,
  candidates: readonly NoteFile[],
  occasion: NoteOccasion,
  articles: readonly Article[],
): Promise<NotedChoice> {
  const chosen = await chooseNote(db, definition, candidates, occasion)
  const arranged = arrangeArticles(articles, chosen, articleIdFinder(context.publication(), context.articles()))
  const faults = [...chosen.faults, ...arranged.faults]
  if (faults.length === 0) return { chosen, arranged, faults }
  const asTheyAre = { included: articles, postponed: [], excluded: [], led: [], faults: arranged.faults }
  return { chosen: { ...chosen, note: undefined, uses: [] }, arranged: asTheyAre, faults }
}

/** The note as it is frozen into its issue. Undefined without one. */
export function frozenNote(context: DigestsContext, { name }: DigestDefinition, { chosen, arranged }: NotedChoice): IssueNote | undefined {
  const { note, file, text, translations } = chosen
  if (!note) return undefined
  const publication = context.publication()
  const snapshot = context.articles()
  const ids = (articles: readonly Article[]) => articles.map(({ id }) => id)
  return {
    file: file?.place ?? null,
    text,
    words: renderNote(publication, snapshot, name, note),
    translations: Object.fromEntries([...translations].map(([language, one]) => [language, renderNote(publication, snapshot, name, one)])),
    led: arranged.led,
    postponed: ids(arranged.postponed),
    excluded: ids(arranged.excluded),
  }
}

/** Records that an issue has used its note, and deletes the draft that it was. Throws if another issue has just used the note. */
export async function useNote(tx: Queries, digest: string, { note, uses, origin }: ChosenNote, issueId: string): Promise<void> {
  if (!note) return
  for (const { key, isOnce } of uses) {
    const isFirst = await insertUsedNote(tx, digest, key, issueId)
    if (!isFirst && isOnce) throw new Error('another issue has just used the note; it is tried again')
  }
  if (origin === 'draft') await deleteDraft(tx, digest)
}

/** `issues/weekly/next.md:3: order names no article: tides`, for people. */
export function describeFaults(context: DigestsContext, faults: readonly Finding[]): string {
  const { contentFolder } = context.publication()
  return faults
    .slice(0, 3)
    .map((fault) => `${placeIn(fault, { contentFolder, templatesFolder: `${contentFolder}\0` }) || 'the note'}: ${textOf(fault)}`)
    .join('; ')
}
