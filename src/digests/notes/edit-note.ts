import { createHash } from 'node:crypto'
import type { Actor } from '../../platform/actor.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { lockDigest } from '../issue/issue-store.ts'
import { chooseNext } from '../issue/next-issue.ts'
import { registerDigest } from '../schedule/register-digest.ts'
import { arrangeArticles, articleIdFinder } from './arrange-articles.ts'
import { chosenText } from './choose-note.ts'
import type { Note, NoteFault } from './note.ts'
import type { NoteFile } from './note-files.ts'
import { deleteDraft, type NoteDraft, readDraft, writeDraft } from './note-store.ts'
import { readNote } from './read-note.ts'
import { writeNote } from './write-note.ts'

export const noteSources = ['draft', 'file', 'issue', 'none'] as const

/** A note as an editor finds it: that of the next issue, or of a held one. */
export interface NoteState {
  /** In the form of a file; '' without a note. */
  readonly text: string
  /** Undefined without a note, or if it has errors. */
  readonly note: Note | undefined
  readonly source: (typeof noteSources)[number]
  /** The strong entity tag of `text` (RFC 9110 §8.8.3). */
  readonly tag: string
  /** The file that applies, or that would apply without the draft. */
  readonly file: NoteFile | undefined
  /** Whether the file changed after the draft was saved, so that both exist. */
  readonly isFileNewer: boolean
  readonly savedAt: Date | undefined
}

export type NoteSaved =
  | { readonly status: 'saved'; readonly state: NoteState }
  /** Somebody changed it meanwhile. */
  | { readonly status: 'changed'; readonly state: NoteState }
  | { readonly status: 'invalid'; readonly faults: readonly NoteFault[] }
  | { readonly status: 'refused'; readonly reason: string }

/** Which state an editor has seen: entity tags, or `*` for any (RFC 9110 §13.1.1). */
export type SeenTags = readonly string[] | '*'

export function tagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

export function isSeen(tags: SeenTags, text: string): boolean {
  return tags === '*' || tags.includes(tagOf(text))
}

/** The note that the next issue of a digest would have. */
export async function nextNote(context: DigestsContext, definition: DigestDefinition): Promise<NoteState> {
  const draft = await readDraft(context.database, definition.name)
  return stateOf(draft, await fileOfNext(context, definition))
}

async function fileOfNext(context: DigestsContext, definition: DigestDefinition): Promise<NoteFile | undefined> {
  const { noted } = await chooseNext(context, definition, { isFileOnly: true })
  return noted.chosen.file
}

function stateOf(draft: NoteDraft | undefined, file: NoteFile | undefined): NoteState {
  if (draft) {
    const isFileNewer = file !== undefined && file.hash !== draft.file?.hash
    const { text, savedAt } = draft
    return { text, note: readNote(text).note, source: 'draft', tag: tagOf(text), file, isFileNewer, savedAt }
  }
  const text = file?.text ?? ''
  return { text, note: file?.note, source: file ? 'file' : 'none', tag: tagOf(text), file, isFileNewer: false, savedAt: undefined }
}

/** Saves a note as the draft of the desk for the next issue. `seen`: what the editor started from. */
export async function saveNextNote(
  context: DigestsContext,
  definition: DigestDefinition,
  note: Note,
  seen: SeenTags,
  by: Actor,
): Promise<NoteSaved> {
  const text = writeNote(note)
  const faults = faultsIn(context, text)
  if (faults.length > 0) return { status: 'invalid', faults }
  const file = await fileOfNext(context, definition)
  return context.database.transaction(async (tx): Promise<NoteSaved> => {
    const draft = await readLocked(context, tx, definition)
    const before = stateOf(draft, file)
    if (!isSeen(seen, before.text)) return { status: 'changed', state: before }
    const savedAt = context.clock.now()
    const saved = { text, file: file && { place: file.place, hash: file.hash }, savedAt }
    await writeDraft(tx, definition.name, saved)
    await context.recordAudit(tx, { action: 'note.save', subject: definition.name, by })
    return { status: 'saved', state: stateOf(saved, file) }
  })
}

/** Deletes the draft, so that the file applies again. Idempotent. */
export async function dropNextNote(context: DigestsContext, definition: DigestDefinition, seen: SeenTags, by: Actor): Promise<NoteSaved> {
  const file = await fileOfNext(context, definition)
  return context.database.transaction(async (tx): Promise<NoteSaved> => {
    const draft = await readLocked(context, tx, definition)
    const before = stateOf(draft, file)
    if (draft && !isSeen(seen, before.text)) return { status: 'changed', state: before }
    if (await deleteDraft(tx, definition.name)) await context.recordAudit(tx, { action: 'note.delete', subject: definition.name, by })
    return { status: 'saved', state: stateOf(undefined, file) }
  })
}

/** Two editors who save at once come one after the other: the second sees what the first wrote. */
async function readLocked(context: DigestsContext, tx: Queries, definition: DigestDefinition): Promise<NoteDraft | undefined> {
  await registerDigest(context, tx, definition)
  await lockDigest(tx, definition.name)
  return readDraft(tx, definition.name)
}

/** Errors of a note, those of names that no article has included. */
export function faultsIn(context: DigestsContext, text: string): NoteFault[] {
  const { faults } = readNote(text)
  const find = articleIdFinder(context.publication(), context.articles())
  const arranged = arrangeArticles([], chosenText('draft', text), find)
  const errors = faults.filter(({ severity }) => severity === 'error')
  return [...errors, ...arranged.faults.map(({ field, line, reason }): NoteFault => ({ severity: 'error', field, line, reason }))]
}
