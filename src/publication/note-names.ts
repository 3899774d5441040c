import { relative, sep } from 'node:path'
import type { Publication } from './publication.ts'

/** Which issue a note file is for: the next one, that of a slot's day (`2026-12-07`), or that of a number. */
export type NoteTarget =
  | { readonly kind: 'next' }
  | { readonly kind: 'day'; readonly day: string }
  | { readonly kind: 'number'; readonly number: number }

/** What the name of a note file says. */
export interface NoteName {
  readonly digest: string
  readonly target: NoteTarget
  /** BCP 47 in lower case, from `next.de.md`. Undefined: the publication's language. */
  readonly language: string | undefined
}

const noteName = /^(?:(next)|(\d{4}-\d{2}-\d{2})|no-([1-9]\d{0,8}))(?:\.([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}))?\.md$/

type Notes = Pick<Publication, 'notesFolder' | 'digests'>

/** Reads the absolute path of a file. Undefined: it is no note. Only folders of digests that exist hold notes. */
export function noteNameOf({ notesFolder, digests }: Notes, file: string): NoteName | undefined {
  const [digest = '', name = '', ...deeper] = relative(notesFolder, file).split(sep)
  if (deeper.length > 0 || !digests.has(digest)) return undefined
  const [, next, day, number, language] = noteName.exec(name) ?? []
  const target: NoteTarget | undefined = next
    ? { kind: 'next' }
    : day
      ? { kind: 'day', day }
      : number
        ? { kind: 'number', number: Number(number) }
        : undefined
  return target && { digest, target, language: language?.toLowerCase() }
}
