import type { Snapshot } from '../../articles/article.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { Finding } from '../../platform/finding.ts'
import { dayIn } from '../../platform/time-zones.ts'
import type { DigestDefinition, Publication } from '../../publication/publication.ts'
import { readLastIssue } from '../issue/issue-store.ts'
import { nextSlot } from '../schedule/slots.ts'
import { arrangeArticles, articleIdFinder } from './arrange-articles.ts'
import { chosenText, dayKey, faultsOf, textKey, usedReason } from './choose-note.ts'
import { type NoteFile, readNoteFiles } from './note-files.ts'
import { readDraft, readUsedNotes } from './note-store.ts'

/** Checks the notes of all digests. Without `db`, nothing is known of issues: then only what the files say is checked. */
export async function lintNotes(publication: Publication, snapshot: Snapshot, now: Date, db: Queries | undefined): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const definition of publication.digests.values()) {
    const files = await readNoteFiles(publication, definition.name)
    for (const file of files)
      findings.push(...faultsOf(file, 'error'), ...faultsOf(file, 'warning'), ...namesIn(publication, snapshot, file))
    findings.push(...files.flatMap((file) => withoutSlot(publication, definition, file, now)))
    if (db) findings.push(...(await issuesOf(publication, definition, files, now, db)))
  }
  return findings
}

/** Names that no article has. */
function namesIn(publication: Publication, snapshot: Snapshot, { note, text, path }: NoteFile): Finding[] {
  if (!note) return []
  const { faults } = arrangeArticles([], chosenText('call', text), articleIdFinder(publication, snapshot))
  return faults.map((fault) => ({ ...fault, file: path }))
}

/** A coming day on which the digest has no slot: its note would wait for an issue that is sent by hand. */
function withoutSlot({ timezone }: Publication, definition: DigestDefinition, { target, path }: NoteFile, now: Date): Finding[] {
  if (target.kind !== 'day' || definition.schedule.kind !== 'cron' || target.day <= dayIn(timezone, now)) return []
  const start = Date.parse(`${target.day}T00:00:00Z`)
  if (Number.isNaN(start)) return [at(path, 'warning', `${target.day} is no day`)]
  // A day before its start in UTC, which is early enough in every zone.
  for (let after = new Date(start - 86_400_000); ; ) {
    const slot = nextSlot(definition, timezone, after)
    const day = slot && dayIn(timezone, slot)
    if (day === target.day) return []
    if (!slot || (day ?? '') > target.day) return [at(path, 'warning', `no slot of ${definition.name} is on ${target.day}`)]
    after = slot
  }
}

async function issuesOf(
  { timezone }: Publication,
  { name }: DigestDefinition,
  files: readonly NoteFile[],
  now: Date,
  db: Queries,
): Promise<Finding[]> {
  const keys = files.flatMap(({ target, hash }) => (target.kind === 'day' ? [dayKey(target.day)] : hash === '' ? [] : [textKey(hash)]))
  const used = await readUsedNotes(db, name, keys)
  const last = (await readLastIssue(db, name))?.number ?? 0
  const today = dayIn(timezone, now)
  const draft = await readDraft(db, name)
  return files.flatMap(({ target, path, hash }): Finding[] => {
    if (target.kind === 'number')
      return target.number > last || used.has(textKey(hash)) ? [] : [at(path, 'warning', `No. ${target.number} was made without it`)]
    if (target.kind === 'day')
      return target.day >= today || used.has(dayKey(target.day))
        ? []
        : [at(path, 'warning', 'its day has passed, and no issue has used it')]
    const issue = used.get(textKey(hash))
    if (issue !== undefined) return [at(path, 'notice', usedReason(target, issue))]
    if (draft && draft.file?.hash !== hash) return [at(path, 'warning', 'is not used: the desk has a draft, which comes first')]
    return []
  })
}

function at(file: string, severity: Finding['severity'], reason: string): Finding {
  return { severity, file, line: 1, field: undefined, reason }
}
