import type { Queries } from '../../platform/database/database.ts'
import type { Finding } from '../../platform/finding.ts'
import { dayIn } from '../../platform/time-zones.ts'
import type { NoteName } from '../../publication/note-names.ts'
import type { DigestDefinition, Publication } from '../../publication/publication.ts'
import { emptyNote, type Note, type ReadNote } from './note.ts'
import { type NoteFile, readNoteFiles } from './note-files.ts'
import { readDraft, readUsedNotes } from './note-store.ts'
import { hashOfNote, readNote } from './read-note.ts'

/** Which issue a note is wanted for. */
export interface NoteOccasion {
  readonly number: number
  /** The slot's day in the publication's zone, or the day of sending by hand. */
  readonly day: string
  /** A note that the call itself carries, in the form of a file. It comes before all others and uses none up. */
  readonly text?: string | undefined
  /** Whether the draft of the desk is left out. */
  readonly isFileOnly?: boolean
}

/** The note of an issue, and what to tell the editor about all notes of its digest. */
export interface ChosenNote {
  /** Undefined: no note applies, or it has errors. */
  readonly note: Note | undefined
  /** Absent for a note of the desk or the API. */
  readonly file: NoteFile | undefined
  /** In the form of a file; '' without a note. */
  readonly text: string
  readonly origin: 'file' | 'draft' | 'call' | undefined
  readonly lines: ReadNote['lines']
  /** Language in lower case → note. */
  readonly translations: ReadonlyMap<string, Note>
  /** Keys of `used_notes`. `isOnce`: no other issue may have used it. */
  readonly uses: readonly { readonly key: string; readonly isOnce: boolean }[]
  /** Errors of notes that apply. The issue must wait for them. */
  readonly faults: readonly Finding[]
  /** Notes that do not apply although one might expect it, and warnings. */
  readonly remarks: readonly Finding[]
}

/** Notes for the next few numbers: another process may create an issue meanwhile. */
const numbersAhead = 3

/** Reads the note files that may apply to an issue, before the transaction that creates it. */
export function readCandidates(publication: Publication, digest: string, { number, day }: NoteOccasion): Promise<NoteFile[]> {
  return readNoteFiles(publication, digest, ({ target }) => {
    if (target.kind === 'number') return target.number >= number && target.number < number + numbersAhead
    return target.kind === 'next' || target.day === day
  })
}

/** The day of a slot, or of `now` for an issue that is sent by hand. */
export function dayOfIssue({ timezone }: Publication, slot: Date | undefined, now: Date): string {
  return dayIn(timezone, slot ?? now)
}

/**
 * Chooses the note of an issue: that of the call, else the draft of the desk, else the file of its number, of its day, else `next.md` if no
 * issue has used its content.
 */
export async function chooseNote(
  db: Queries,
  definition: Pick<DigestDefinition, 'name'>,
  candidates: readonly NoteFile[],
  occasion: NoteOccasion,
): Promise<ChosenNote> {
  const draft = occasion.text === undefined && !occasion.isFileOnly ? await readDraft(db, definition.name) : undefined
  const keys = candidates.flatMap((file) => (file.hash === '' ? [] : [textKey(file.hash)]))
  const used = await readUsedNotes(db, definition.name, [...keys, dayKey(occasion.day)])
  const { files, remarks } = applicable(candidates, occasion, used)
  const main = files.find(({ language }) => language === undefined)
  const usesOfFiles = files.flatMap((file) => usesOf(file))
  if (occasion.text !== undefined) return chosenText('call', occasion.text, [], remarks)
  if (draft) {
    const isSeen = main !== undefined && main.hash === draft.file?.hash
    if (main && !isSeen)
      remarks.push(at(main, 'warning', 'is not used: the desk has a draft, which comes first. Use the file, or delete it'))
    // The draft replaces the file that it was made from.
    const replaced = draft.file === undefined ? [] : [{ key: textKey(draft.file.hash), isOnce: false }]
    return chosenText('draft', draft.text, isSeen ? [...usesOfFiles, ...replaced] : replaced, remarks)
  }
  const faults = files.flatMap((file) => faultsOf(file, 'error'))
  const translations = new Map(files.flatMap(({ language, note }) => (language !== undefined && note ? [[language, note] as const] : [])))
  const note = main?.note ?? (translations.size > 0 ? emptyNote : undefined)
  return {
    note: faults.length > 0 ? undefined : note,
    file: main ?? files[0],
    text: main?.text ?? '',
    origin: files.length > 0 ? 'file' : undefined,
    lines: main?.lines ?? new Map(),
    translations,
    uses: usesOfFiles,
    faults,
    remarks: [...remarks, ...files.flatMap((file) => faultsOf(file, 'warning'))],
  }
}

/** A note that is in no file. */
export function chosenText(
  origin: 'draft' | 'call',
  text: string,
  uses: ChosenNote['uses'] = [],
  remarks: readonly Finding[] = [],
): ChosenNote {
  const { note, faults, lines } = readNote(text)
  const found = faults.map((fault): Finding => ({ ...fault, file: undefined }))
  return {
    note,
    file: undefined,
    text,
    origin,
    lines,
    translations: new Map(),
    uses: [...uses, { key: textKey(hashOfNote(text)), isOnce: false }],
    faults: found.filter(({ severity }) => severity === 'error'),
    remarks: [...remarks, ...found.filter(({ severity }) => severity === 'warning')],
  }
}

/** The files of the first target that has one, translations included. */
function applicable(candidates: readonly NoteFile[], { number, day }: NoteOccasion, used: ReadonlyMap<string, number>) {
  const remarks: Finding[] = []
  const open = candidates.filter((file) => {
    const { target } = file
    if (target.kind === 'number') return target.number === number
    const issue = target.kind === 'day' ? used.get(dayKey(target.day)) : used.get(textKey(file.hash))
    if (target.kind === 'day' && target.day !== day) return false
    if (issue === undefined) return true
    remarks.push(at(file, 'notice', usedReason(target, issue)))
    return false
  })
  const kinds = ['number', 'day', 'next'] as const
  const kind = kinds.find((one) => open.some(({ target }) => target.kind === one))
  const files = open.filter(({ target }) => target.kind === kind)
  for (const file of open)
    if (file.target.kind !== kind) remarks.push(at(file, 'notice', `waits for a later issue: ${files[0]?.place} applies to this one`))
  return { files, remarks }
}

/** Why a note does not apply again. */
export function usedReason(target: NoteName['target'], issue: number): string {
  return target.kind === 'next' ? `was used in No. ${issue}: change it or name it by day` : `was used in No. ${issue}`
}

/** A note named by day or number is used whatever it says; its text is remembered, so that a copy called `next.md` does not repeat it. */
function usesOf({ target, hash, note }: NoteFile): ChosenNote['uses'] {
  const text = note ? [{ key: textKey(hash), isOnce: target.kind === 'next' }] : []
  return target.kind === 'day' ? [...text, { key: dayKey(target.day), isOnce: false }] : text
}

export function textKey(hash: string): string {
  return `text ${hash}`
}

export function dayKey(day: string): string {
  return `day ${day}`
}

export function faultsOf({ path, faults }: NoteFile, severity: 'error' | 'warning'): Finding[] {
  return faults.flatMap((fault) => (fault.severity === severity ? [{ ...fault, file: path, line: fault.line ?? 1 }] : []))
}

function at({ path }: NoteFile, severity: Finding['severity'], reason: string): Finding {
  return { severity, file: path, line: 1, field: undefined, reason }
}
