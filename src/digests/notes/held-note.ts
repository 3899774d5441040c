import type { Article } from '../../articles/article.ts'
import type { Actor } from '../../platform/actor.ts'
import type { Queries } from '../../platform/database/database.ts'
import { fillPlaceholders } from '../../platform/placeholders.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { type DigestsContext, definitionOf } from '../context.ts'
import { frozenArticle, renderEdition } from '../edition/edition.ts'
import { samplePlaceholderValues } from '../edition/placeholders.ts'
import { subjectOf } from '../edition/subject.ts'
import { excludedByNote } from '../issue/create-issue.ts'
import type { Issue, IssueArticle, IssueContent } from '../issue/issue.ts'
import { lockDigest, readIssue, rewriteHeld } from '../issue/issue-store.ts'
import { deleteLedgerOf, insertLedger, readLedger } from '../issue/ledger-store.ts'
import { arrangeArticles, articleIdFinder } from './arrange-articles.ts'
import { type ChosenNote, chooseNote, chosenText, dayOfIssue, type NoteOccasion } from './choose-note.ts'
import { faultsIn, isSeen, type NoteSaved, type NoteState, type SeenTags, tagOf } from './edit-note.ts'
import { describeFaults, readNotesFor, useNote } from './issue-note.ts'
import type { IssueNote, Note } from './note.ts'
import { deleteUsesOf } from './note-store.ts'
import { readNote } from './read-note.ts'
import { renderNote } from './render-note.ts'
import { writeNote } from './write-note.ts'

/** The note of an issue in any state. */
export function noteOfIssue({ content }: Issue): NoteState {
  const text = content.note?.text ?? ''
  const source = content.note ? 'issue' : 'none'
  return { text, note: readNote(text).note, source, tag: tagOf(text), file: undefined, isFileNewer: false, savedAt: undefined }
}

/**
 * Gives a held issue another note, or that of the files (`note` undefined), and arranges its articles by it. The issue then waits for
 * approval, also if it would have been released by itself. Articles keep the text that was frozen.
 */
export async function changeHeldNote(
  context: DigestsContext,
  id: string,
  note: Note | undefined,
  seen: SeenTags,
  by: Actor,
): Promise<NoteSaved | { readonly status: 'unknown' }> {
  const found = await readIssue(context.database, id)
  if (!found) return { status: 'unknown' }
  const definition = definitionOf(context, found.digest)
  if (!definition) return { status: 'refused', reason: 'its digest was removed from publication.yaml' }
  const text = note && writeNote(note)
  const faults = text === undefined ? [] : faultsIn(context, text)
  if (faults.length > 0) return { status: 'invalid', faults }
  const occasion = { number: found.number, day: dayOfIssue(context.publication(), found.slot, found.createdAt) }
  const files = text === undefined ? await readNotesFor(context, definition.name, occasion) : []
  return context.database
    .transaction(async (tx): Promise<NoteSaved> => {
      await lockDigest(tx, definition.name)
      const issue = (await readIssue(tx, id)) ?? found
      if (issue.state !== 'held') return { status: 'refused', reason: `issue ${issue.number} is ${issue.state}, not held` }
      if (!isSeen(seen, noteOfIssue(issue).text)) return { status: 'changed', state: noteOfIssue(issue) }
      const changed = await rearrange(context, tx, definition, issue, async () => {
        if (text !== undefined) return chosenText('draft', text)
        // What this issue used may apply to it again.
        await deleteUsesOf(tx, id)
        return chooseNote(tx, definition, files, { ...occasion, isFileOnly: true } satisfies NoteOccasion)
      })
      if (typeof changed === 'string') throw new Refusal(changed)
      await context.recordAudit(tx, { action: 'issue.note', subject: id, by })
      return { status: 'saved', state: noteOfIssue(changed) }
    })
    .catch((error: unknown): NoteSaved => {
      if (error instanceof Refusal) return { status: 'refused', reason: error.message }
      throw error
    })
}

/**
 * The HTML of a held issue as it would be with `note`, which is not saved; undefined if there is no such issue. `refused`: why it cannot have
 * the note.
 */
export async function previewHeldNote(
  context: DigestsContext,
  id: string,
  note: Note,
): Promise<{ readonly html: string } | { readonly refused: string } | undefined> {
  const issue = await readIssue(context.database, id)
  const definition = issue && definitionOf(context, issue.digest)
  if (!issue || !definition) return undefined
  const arranged = await arrangeHeld(context, context.database, definition, issue, chosenText('draft', writeNote(note)))
  if (typeof arranged === 'string') return { refused: arranged }
  const { content, subject } = arranged
  // Without its id: links of a preview are not counted.
  const head = { digest: issue.digest, number: issue.number, createdAt: issue.createdAt, subject }
  const { email } = await renderEdition(context, head, content, content.articles)
  const values = samplePlaceholderValues(context, issue.digest)
  return { html: fillPlaceholders(email.html, (name) => values[name] ?? '') }
}

/** Rolls the transaction back. */
class Refusal extends Error {}

/** The issue with its new note, or why it cannot have it. */
async function rearrange(
  context: DigestsContext,
  tx: Queries,
  definition: DigestDefinition,
  issue: Issue,
  choose: () => Promise<ChosenNote>,
): Promise<Issue | string> {
  await deleteLedgerOf(tx, issue.digest, issue.id, issue.content.note?.excluded ?? [], excludedByNote(issue.number))
  const chosen = await choose()
  const changed = await arrangeHeld(context, tx, definition, issue, chosen)
  if (typeof changed === 'string') return changed
  const { content, subject, moved } = changed
  const now = context.clock.now()
  await rewriteHeld(tx, issue.id, { content, subject, reason: 'its note was changed: approve it again' })
  await insertLedger(
    tx,
    issue.digest,
    [
      ...moved.excluded.map((articleId) => ({ articleId, reason: excludedByNote(issue.number) })),
      ...content.articles.map(({ id }) => ({ articleId: id, issueId: issue.id })),
    ],
    now,
  )
  await useNote(tx, issue.digest, { ...chosen, origin: chosen.origin === 'draft' ? 'call' : chosen.origin }, issue.id)
  return { ...issue, content, subject }
}

/** Arranges the articles of a held issue by `chosen`, or says why they cannot be. Changes nothing. */
async function arrangeHeld(
  context: DigestsContext,
  db: Queries,
  definition: DigestDefinition,
  issue: Issue,
  chosen: ChosenNote,
): Promise<{ content: IssueContent; subject: string; moved: Pick<IssueNote, 'led' | 'postponed' | 'excluded'> } | string> {
  const articles = await articlesOf(context, db, definition, issue)
  const arranged = arrangeArticles(articles, chosen, articleIdFinder(context.publication(), context.articles()))
  const faults = [...chosen.faults, ...arranged.faults]
  if (faults.length > 0) return describeFaults(context, faults)
  if (arranged.included.length === 0 && !chosen.note?.sendWithoutArticles)
    return 'the note postpones or excludes every article: cancel the issue, or write send_without_articles: true'
  const ids = (some: readonly IssueArticle[]) => some.map(({ id }) => id)
  const moved = { led: arranged.led, postponed: ids(arranged.postponed), excluded: ids(arranged.excluded) }
  const { note: _before, ...rest } = issue.content
  const note = frozen(context, definition, chosen, moved)
  const content: IssueContent = { ...rest, articles: arranged.included, ...(note ? { note } : {}) }
  const publication = context.publication()
  const head = { digest: issue.digest, number: issue.number, date: longDate(publication, issue.createdAt) }
  return { content, moved, subject: subjectOf(publication, head, content, content.articles) }
}

/** The articles of the issue and those that its note moved away, in the order of an issue without a note. */
async function articlesOf(context: DigestsContext, db: Queries, definition: DigestDefinition, issue: Issue): Promise<IssueArticle[]> {
  const { articles, note } = issue.content
  const taken = await readLedger(db, issue.digest)
  const { inMail } = context.articles()
  const isBack = ({ id }: Article) => note?.excluded.includes(id) || (note?.postponed.includes(id) && !taken.has(id))
  const back = inMail.filter(isBack).map((article) => frozenArticle(context.publication(), definition, article, issue.id))
  const place = new Map(inMail.map(({ id, isPinned }, index) => [id, isPinned ? index - inMail.length : index]))
  const placeOf = ({ id }: IssueArticle) => place.get(id) ?? inMail.length
  return [...articles, ...back].sort((one, other) => placeOf(one) - placeOf(other))
}

function frozen(
  context: DigestsContext,
  { name }: DigestDefinition,
  { note, file, text, translations }: ChosenNote,
  moved: Pick<IssueNote, 'led' | 'postponed' | 'excluded'>,
): IssueNote | undefined {
  if (!note) return undefined
  const render = (one: Note) => renderNote(context.publication(), context.articles(), name, one)
  const rendered = [...translations].map(([language, one]) => [language, render(one)] as const)
  return { file: file?.place ?? null, text, words: render(note), translations: Object.fromEntries(rendered), ...moved }
}
