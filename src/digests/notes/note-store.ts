import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

/** Notes that issues of a digest have used. Key of a note → number of the issue. */
export async function readUsedNotes(db: Queries, digest: string, keys: readonly string[]): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map()
  const rows = await db.all<{ note: string; number: number }>(sql`
    SELECT used_notes.note, issues.number FROM used_notes JOIN issues ON issues.id = used_notes.issue_id
    WHERE used_notes.digest = ${digest} AND used_notes.note IN (${joinSql(keys)})`)
  return new Map(rows.map((row) => [row.note, row.number]))
}

/** False if the note was used before: the primary key lets one issue use it. */
export async function insertUsedNote(tx: Queries, digest: string, note: string, issueId: string): Promise<boolean> {
  const inserted = await tx.run(sql`
    INSERT INTO used_notes (digest, note, issue_id) VALUES (${digest}, ${note}, ${issueId}) ON CONFLICT (digest, note) DO NOTHING`)
  return inserted > 0
}

/** The notes that an issue used can be used again. */
export async function deleteUsesOf(tx: Queries, issueId: string): Promise<void> {
  await tx.run(sql`DELETE FROM used_notes WHERE issue_id = ${issueId}`)
}

/** The draft of the desk for the next issue of a digest. */
export interface NoteDraft {
  /** In the form of a file. */
  readonly text: string
  /** Place and hash of the file that applied when the draft was saved. */
  readonly file: { readonly place: string; readonly hash: string } | undefined
  readonly savedAt: Date
}

export async function readDraft(db: Queries, digest: string): Promise<NoteDraft | undefined> {
  const row = await db.get<{ text: string; file: string | null; file_hash: string | null; saved_at: number }>(sql`
    SELECT text, file, file_hash, saved_at FROM note_drafts WHERE digest = ${digest}`)
  if (!row) return undefined
  const file = row.file === null || row.file_hash === null ? undefined : { place: row.file, hash: row.file_hash }
  return { text: row.text, file, savedAt: new Date(row.saved_at) }
}

export async function writeDraft(tx: Queries, digest: string, { text, file, savedAt }: NoteDraft): Promise<void> {
  await tx.run(sql`
    INSERT INTO note_drafts (digest, text, file, file_hash, saved_at)
    VALUES (${digest}, ${text}, ${file?.place ?? null}, ${file?.hash ?? null}, ${savedAt.getTime()})
    ON CONFLICT (digest) DO UPDATE SET text = excluded.text, file = excluded.file, file_hash = excluded.file_hash, saved_at = excluded.saved_at`)
}

export async function deleteDraft(tx: Queries, digest: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM note_drafts WHERE digest = ${digest}`)) > 0
}
