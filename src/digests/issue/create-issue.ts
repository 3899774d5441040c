import type { Article } from '../../articles/article.ts'
import { openMailing } from '../../outbox/enqueue.ts'
import type { Actor } from '../../platform/actor.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { Finding } from '../../platform/finding.ts'
import { newId } from '../../platform/ids.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { contentOf } from '../edition/edition.ts'
import { subjectOf } from '../edition/subject.ts'
import { dayOfIssue } from '../notes/choose-note.ts'
import { applyNote, describeFaults, frozenNote, type NotedChoice, readNotesFor, useNote } from '../notes/issue-note.ts'
import { excludesAtOnce, registerDigest } from '../schedule/register-digest.ts'
import { insertSlots } from '../schedule/slot-store.ts'
import { type Choice, chooseArticles, listKey } from './choose-articles.ts'
import { useNextHold } from './hold-next.ts'
import type { Issue, IssueHold } from './issue.ts'
import { holdSlot } from './issue-approval.ts'
import { raiseIssueEvent } from './issue-events.ts'
import { hasIssues, insertIssue, lockDigest, readIssueByKey, readLastIssue } from './issue-store.ts'
import { insertLedger, readLedger } from './ledger-store.ts'

export type Created =
  | { readonly status: 'created'; readonly issue: Issue }
  /** The key was used before, for this issue. */
  | { readonly status: 'same'; readonly issue: Issue }
  /** The next issue would carry other articles than those of `Occasion.listKey`. */
  | { readonly status: 'changed' }
  | { readonly status: 'nothing_new'; readonly reason: string }
  /** Another process has recorded this slot. */
  | { readonly status: 'taken' }
  | { readonly status: 'refused'; readonly reason: string }

export interface Occasion {
  /** The slot of this issue, which may be in the future. Absent when somebody sends by hand. */
  readonly slot?: Date
  /** Idempotency key: later calls with the same key return the same issue. */
  readonly key?: string
  /** Ids or slugs of the articles to send. Absent: all new ones. */
  readonly articles?: readonly string[]
  /** The `listKey` of the articles that the operator saw. With other articles no issue is created. */
  readonly listKey?: string
  /** A note in the form of a file, in place of the one that would apply. */
  readonly note?: string
  /** Who sends by hand. Absent for issues of the schedule. */
  readonly by?: Actor
}

/** Creates the next issue and enters its articles in the ledger, in one transaction. Sending is a later step. */
export async function createIssue(context: DigestsContext, definition: DigestDefinition, occasion: Occasion): Promise<Created> {
  const { inMail: articles } = context.articles()
  const publication = context.publication()
  const day = dayOfIssue(publication, occasion.slot, context.clock.now())
  const notes = await readNotesFor(context, definition.name, {
    number: await nextNumber(context.database, definition),
    day,
    text: occasion.note,
  })
  return context.database.transaction(async (tx) => {
    await registerDigest(context, tx, definition)
    await lockDigest(tx, definition.name)
    if (occasion.key !== undefined) {
      const same = await readIssueByKey(tx, definition.name, occasion.key)
      if (same) return { status: 'same', issue: same } as const
    }
    const inLedger = await readLedger(tx, definition.name)
    const choice = occasion.articles
      ? pick(occasion.articles, articles, inLedger)
      : chooseArticles(definition, articles, inLedger, await isFirstIssue(tx, definition))
    if ('refused' in choice) return { status: 'refused', reason: choice.refused } as const
    const noteOccasion = { number: await nextNumber(tx, definition), day, text: occasion.note }
    const noted = withWanted(choice, occasion, await applyNote(context, tx, definition, notes, noteOccasion, choice.included))
    const { included } = noted.arranged
    if (noted.faults.length > 0 && !occasion.slot) return { status: 'refused', reason: describeFaults(context, noted.faults) } as const
    if (occasion.listKey !== undefined && occasion.listKey !== listKey(included)) return { status: 'changed' } as const
    if (included.length === 0 && !noted.chosen.note?.sendWithoutArticles) return skip(context, tx, definition, occasion, noted)
    const hold = occasion.slot && (await holdOf(context, tx, definition, occasion.slot, noted))
    const created = await writeIssue(context, tx, definition, occasion, noted, hold, choice.excluded)
    if (created.status === 'created' && occasion.by) {
      const details = { digest: definition.name, number: created.issue.number, articles: included.length }
      await context.recordAudit(tx, { action: 'issue.create', subject: created.issue.id, by: occasion.by, details })
    }
    return created
  })
}

/** An operator's hold comes before that of the settings, and holds one issue. */
async function holdOf(
  context: DigestsContext,
  tx: Queries,
  definition: DigestDefinition,
  slot: Date,
  { arranged, faults }: NotedChoice,
): Promise<IssueHold | undefined> {
  const byOperator = await useNextHold(tx, definition.name)
  return holdForNote(context, faults) ?? byOperator ?? holdSlot(definition, slot, arranged.included.length, context.clock.now())
}

/** An issue whose note has errors waits: words that it lacked could not be sent later. */
export function holdForNote(context: DigestsContext, faults: readonly Finding[]): IssueHold | undefined {
  if (faults.length === 0) return undefined
  return { reason: `its note has an error, so it has no note: ${describeFaults(context, faults)}`, releaseAt: undefined }
}

/** Articles that the caller names are sent, whatever the note says of them. */
function withWanted({ included }: Choice, { articles }: Occasion, noted: NotedChoice): NotedChoice {
  if (!articles) return noted
  const left = included.filter((article) => !noted.arranged.included.includes(article))
  return { ...noted, arranged: { ...noted.arranged, included: [...noted.arranged.included, ...left], postponed: [], excluded: [] } }
}

/** The lock of the digest makes the number unique. */
async function nextNumber(db: Queries, { name }: DigestDefinition): Promise<number> {
  return ((await readLastIssue(db, name))?.number ?? 0) + 1
}

/** Whether the next issue is the first, which excludes older articles. */
export async function isFirstIssue(db: Queries, definition: DigestDefinition): Promise<boolean> {
  return !excludesAtOnce(definition) && !(await hasIssues(db, definition.name))
}

function pick(wanted: readonly string[], articles: readonly Article[], inLedger: ReadonlySet<string>): Choice | { refused: string } {
  const included: Article[] = []
  for (const name of new Set(wanted)) {
    const article = articles.find((one) => one.id === name || one.slug === name)
    if (!article) return { refused: `there is no published article ${name}` }
    if (inLedger.has(article.id)) return { refused: `the article ${article.slug} was sent or excluded by an earlier issue of this digest` }
    included.push(article)
  }
  return { included, excluded: [] }
}

async function skip(
  context: DigestsContext,
  tx: Queries,
  definition: DigestDefinition,
  occasion: Occasion,
  { arranged }: NotedChoice,
): Promise<Created> {
  const isByNote = arranged.postponed.length + arranged.excluded.length > 0
  const reason = isByNote ? 'its note postpones or excludes every new article' : 'this digest has no new articles'
  const { slot } = occasion
  const now = context.clock.now()
  // An article may still appear before a future slot.
  if (slot && slot > now) return { status: 'nothing_new', reason }
  if (slot && (await insertSlots(tx, definition.name, [{ slot, outcome: 'skipped', reason }], now)) === 0) return { status: 'taken' }
  context.log.info({ digest: definition.name, slot, reason }, 'no issue created')
  return { status: 'nothing_new', reason }
}

/** The reason in the ledger. */
export function excludedByNote(number: number): string {
  return `excluded by the note of No. ${number}`
}

/** Writes the issue, its slot, its mailing and its ledger entries. The caller must hold the digest's lock. */
export async function writeIssue(
  context: DigestsContext,
  tx: Queries,
  definition: DigestDefinition,
  occasion: Occasion,
  noted: NotedChoice,
  hold: IssueHold | undefined,
  excluded: Choice['excluded'] = [],
): Promise<Created> {
  const now = context.clock.now()
  const { slot } = occasion
  if (slot && (await insertSlots(tx, definition.name, [{ slot, outcome: 'issued', reason: '' }], now)) === 0) return { status: 'taken' }
  const publication = context.publication()
  const { included, excluded: byNote } = noted.arranged
  const id = newId(context.clock, context.random)
  const content = contentOf(publication, definition, included, { issueId: id, note: frozenNote(context, definition, noted) })
  const number = await nextNumber(tx, definition)
  const issue = await insertIssue(tx, {
    id,
    digest: definition.name,
    slot,
    key: occasion.key,
    state: hold ? 'held' : 'preparing',
    hold,
    subject: subjectOf(publication, { digest: definition.name, number, date: longDate(publication, now) }, content, content.articles),
    content,
    firstBatch: definition.firstBatch,
    createdAt: now,
  })
  await openMailing(tx, { id: issue.id, kind: 'issue', list: definition.name }, now)
  await insertLedger(
    tx,
    definition.name,
    [
      ...included.map((article) => ({ articleId: article.id, issueId: issue.id })),
      ...excluded.map(({ article, reason }) => ({ articleId: article.id, reason })),
      ...byNote.map((article) => ({ articleId: article.id, reason: excludedByNote(number) })),
    ],
    now,
  )
  await useNote(tx, definition.name, noted.chosen, id)
  await raiseIssueEvent(tx, context, 'issue.created', issue.id)
  context.log.info(
    { digest: definition.name, issueId: issue.id, number: issue.number, articles: included.length, heldFor: hold?.reason },
    'issue created',
  )
  return { status: 'created', issue }
}
