import type { Article, Snapshot } from '../../articles/article.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { contentOf } from '../edition/edition.ts'
import { subjectOf } from '../edition/subject.ts'
import { dayOfIssue } from '../notes/choose-note.ts'
import { applyNote, frozenNote, type NotedChoice, readNotesFor } from '../notes/issue-note.ts'
import { nextSlot } from '../schedule/slots.ts'
import { type Choice, chooseArticles, isAbout } from './choose-articles.ts'
import { isFirstIssue } from './create-issue.ts'
import { readLastIssue } from './issue-store.ts'
import { readLedger } from './ledger-store.ts'

/** The articles of the next issue, as if it were created now. */
export interface NextChoice extends Choice {
  readonly number: number
  /** Ids of the articles that this digest has sent or excluded. */
  readonly inLedger: ReadonlySet<string>
  readonly noted: NotedChoice
}

export interface NextOccasion {
  /** Whether it would be sent by hand: its note by day is that of today, not of the next slot. */
  readonly isByHand?: boolean
  /** A note in the form of a file, in place of the one that would apply. */
  readonly note?: string | undefined
  /** Whether the draft of the desk is left out. */
  readonly isFileOnly?: boolean
}

export interface NextIssue {
  readonly number: number
  /** Whether an issue would go out: it has articles, or a note that goes without. */
  readonly isSendable: boolean
  readonly noted: NotedChoice
  /** Undefined if it is not sendable. */
  readonly subject: string | undefined
  /** Newest first: the first `maxArticles` are cards, the rest are links. */
  readonly included: readonly Article[]
  readonly leftOut: readonly LeftOutArticles[]
}

/** Why articles that this digest has not carried are not in its next issue. */
export type LeftOutKind = 'postponed' | 'excluded' | 'first' | 'topic' | 'waiting' | 'hidden' | 'draft' | 'faulty'

export interface LeftOutArticles {
  readonly kind: LeftOutKind
  readonly articles: readonly LeftOutArticle[]
}

export interface LeftOutArticle {
  /** The file, relative to the articles folder. */
  readonly path: string
  readonly title: string
  /** When it is published; only of waiting ones. */
  readonly at?: Date
  /** Such as `protected: password`; only of hidden and faulty ones. */
  readonly words?: string
}

/** The note that the next issue would have, as it moves `articles`. Reads no other article. */
export async function comingNote(
  context: DigestsContext,
  definition: DigestDefinition,
  articles: readonly Article[],
  { isByHand = false, note: text, isFileOnly = false }: NextOccasion = {},
): Promise<{ readonly number: number; readonly noted: NotedChoice }> {
  const { database, clock } = context
  const publication = context.publication()
  const number = ((await readLastIssue(database, definition.name))?.number ?? 0) + 1
  const slot = isByHand ? undefined : nextSlot(definition, publication.timezone, clock.now())
  const occasion = { number, day: dayOfIssue(publication, slot, clock.now()), text, isFileOnly }
  const notes = await readNotesFor(context, definition.name, occasion)
  const noted = await applyNote(context, database, definition, notes, occasion, articles)
  return { number, noted }
}

/** Chooses what the next issue carries if it is created now. Changes nothing. */
export async function chooseNext(context: DigestsContext, definition: DigestDefinition, occasion: NextOccasion = {}): Promise<NextChoice> {
  const { database } = context
  const inLedger = await readLedger(database, definition.name)
  const choice = chooseArticles(definition, context.articles().inMail, inLedger, await isFirstIssue(database, definition))
  const { number, noted } = await comingNote(context, definition, choice.included, occasion)
  return { ...choice, included: noted.arranged.included, inLedger, number, noted }
}

/** What the next issue carries, and what it leaves out and why. Renders nothing. */
export async function planNextIssue(context: DigestsContext, definition: DigestDefinition, options: NextOccasion = {}): Promise<NextIssue> {
  const publication = context.publication()
  const next = await chooseNext(context, definition, options)
  const { included, number, noted } = next
  // Without a template of its own, a subject names the first article only. There may be thousands.
  const named = definition.subject === undefined ? included.slice(0, 1) : included
  const content = contentOf(publication, definition, named, { note: frozenNote(context, definition, noted) })
  const isSendable = included.length > 0 || noted.chosen.note?.sendWithoutArticles === true
  const head = { digest: definition.name, number, date: longDate(publication, context.clock.now()) }
  return {
    number,
    isSendable,
    noted,
    subject: isSendable ? subjectOf(publication, head, content, content.articles) : undefined,
    included,
    leftOut: leftOutOf(context.articles(), definition, next),
  }
}

function leftOutOf(
  snapshot: Snapshot,
  definition: DigestDefinition,
  { excluded, inLedger, noted: { arranged } }: NextChoice,
): LeftOutArticles[] {
  const named = ({ path, title }: Article): LeftOutArticle => ({ path, title })
  const isOpen = (article: Article) => !inLedger.has(article.id)
  const hidden = [
    ...[...snapshot.articles, ...snapshot.unlisted, ...snapshot.mailOnly]
      .filter((article) => !article.isInMail && isOpen(article))
      .map((article) => ({ ...named(article), words: article.hiding?.words ?? 'mail: never' })),
    ...snapshot.hidden.map(({ article, hiding }) => ({ ...named(article), words: hiding.words })),
  ]
  const groups: Readonly<Record<LeftOutKind, readonly LeftOutArticle[]>> = {
    postponed: arranged.postponed.map(named),
    excluded: arranged.excluded.map(named),
    first: excluded.map(({ article }) => named(article)),
    topic: snapshot.inMail.filter((article) => isOpen(article) && !isAbout(definition, article)).map(named),
    waiting: snapshot.unpublished.flatMap(({ path, title, publishedAt }) => (publishedAt ? [{ path, title, at: publishedAt }] : [])),
    hidden: [
      ...hidden,
      ...snapshot.unpublished.flatMap(({ path, title, publishedAt, hiding }) =>
        publishedAt === undefined && hiding?.kind === 'private' ? [{ path, title, words: hiding.words }] : [],
      ),
    ],
    draft: snapshot.unpublished.flatMap(({ path, title, publishedAt, hiding }) =>
      publishedAt === undefined && hiding?.kind !== 'private' ? [{ path, title }] : [],
    ),
    faulty: snapshot.leftOut.flatMap(({ path, reason, detail }) => (reason === 'error' ? [{ path, title: path, words: detail }] : [])),
  }
  return Object.entries(groups).flatMap(([kind, articles]) => (articles.length > 0 ? [{ kind: kind as LeftOutKind, articles }] : []))
}
