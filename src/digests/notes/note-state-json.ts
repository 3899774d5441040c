import { z } from 'zod'
import { instant, type Json } from '../../platform/json-shape.ts'
import { type NoteState, noteSources } from './edit-note.ts'
import { noteJson, noteShape } from './write-note.ts'

export const noteStateShape = z.object({
  source: z.enum(noteSources),
  note: noteShape.nullable(),
  text: z.string().describe('The note as a file'),
  file: z.string().nullable(),
  file_changed: z.boolean().describe('The file changed after the draft was saved'),
  saved_at: instant.nullable(),
  errors: z.array(z.object({ severity: z.enum(['error', 'warning']), line: z.int().nullable(), reason: z.string() })),
})

/** A note with where it comes from. `file` applies if there is no draft. */
export function noteStateJson({ text, note, source, file, isFileNewer, savedAt }: NoteState): Json<typeof noteStateShape> {
  return {
    source,
    note: note ? noteJson(note) : null,
    text,
    file: file?.place ?? null,
    file_changed: isFileNewer,
    saved_at: savedAt?.toISOString() ?? null,
    errors: (source === 'file' ? (file?.faults ?? []) : []).map(({ severity, line, reason }) => ({ severity, line: line ?? null, reason })),
  }
}
