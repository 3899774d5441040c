import { setImmediate, setTimeout } from 'node:timers/promises'
import type { NewDelivery } from '../../outbox/delivery.ts'
import { enqueueDeliveries, storeEdition } from '../../outbox/enqueue.ts'
import type { Queries } from '../../platform/database/database.ts'
import { longDate } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { inLanguage, readerLanguage } from '../../publication/reader-language.ts'
import type { DigestsContext } from '../context.ts'
import { renderEdition } from '../edition/edition.ts'
import { insertEdition, readEditions } from '../edition/edition-store.ts'
import { placeholderValuesFor } from '../edition/placeholders.ts'
import { subjectOf } from '../edition/subject.ts'
import { articlesFor, listKey } from '../issue/choose-articles.ts'
import { placesLeftInFirstBatch, reviewFirstBatch } from '../issue/first-batch.ts'
import type { Issue, IssueArticle } from '../issue/issue.ts'
import { advanceFrozen, endFreezing, readIssue } from '../issue/issue-store.ts'
import { readAudience } from './audience-store.ts'
import { lookUpExclusions, readShared } from './exclusions.ts'

/**
 * Readers in one step. On a file, a step takes about 10 ms of the thread that answers requests. PostgreSQL works beside that thread, and
 * larger steps cost less for each reader.
 */
export const readersPerStep: Readonly<Record<Queries['engine'], number>> = { sqlite: 200, postgres: 1_000 }
const longestRestMs = 100

/**
 * Freezes the audience of an issue: enqueues one delivery for each confirmed reader, in steps that a restart resumes. Renders an
 * edition when the first reader needs it. Sending starts after the first step. With a first batch, stops until that batch has
 * passed; a later call continues.
 */
export async function freezeAudience(context: DigestsContext, issueId: string): Promise<void> {
  const { engine } = context.database
  let issue = await readIssue(context.database, issueId)
  /** Edition by list of articles and language, because n topics have 2ⁿ choices but few distinct lists. */
  let editions = await readEditions(context.database, issueId)
  // The archive needs the edition with all articles, even if no reader gets it.
  if (issue?.state === 'preparing' && !editions.has(listKey(issue.content.articles))) {
    editions = await freezeEdition(context, issue, issue.content.articles)
  }
  while (issue?.state === 'preparing') {
    const limit = Math.min(readersPerStep[engine], await placesLeftInFirstBatch(context, issue))
    if (limit === 0) {
      if ((await reviewFirstBatch(context, issue)) !== 'passed') break
      issue = await readIssue(context.database, issueId)
      continue
    }
    const began = context.clock.now().getTime()
    const step = await freezeStep(context, issue, editions, limit)
    const tookMs = context.clock.now().getTime() - began
    if ('missing' in step) editions = await freezeEdition(context, issue, step.missing, step.language)
    else if ('through' in step) {
      issue = { ...issue, frozenThrough: step.through }
      context.triggerSender()
    } else issue = await readIssue(context.database, issueId)
    // On a file, rest as long as the step took: even on a slow disk, half of the time is left for others.
    await (tookMs > 0 && engine === 'sqlite' ? setTimeout(Math.min(tookMs, longestRestMs)) : setImmediate())
  }
  context.triggerSender()
}

/** Renders before the transaction that stores the edition. Returns all editions that are frozen by then. */
async function freezeEdition(
  context: DigestsContext,
  issue: Issue,
  articles: readonly IssueArticle[],
  language?: string,
): Promise<Map<string, string>> {
  const own = context.publication()
  const publication = inLanguage(own, language ?? own.language)
  const subject = subjectOf(publication, { ...issue, date: longDate(publication, issue.createdAt) }, issue.content, articles)
  const edition = await renderEdition(context, { ...issue, subject }, issue.content, articles, language)
  return context.database.transaction(async (tx) => {
    const articleIds = articles.map((article) => article.id)
    await insertEdition(tx, issue.id, { listKey: listKey(articles, language), editionId: await storeEdition(tx, edition), articleIds })
    return readEditions(tx, issue.id)
  })
}

type Step =
  | { readonly missing: readonly IssueArticle[]; readonly language: string | undefined }
  | { readonly through: string }
  /** No readers are left, or another process changed the issue. */
  | { readonly ended: true }

/** In one transaction: enqueues deliveries for the next readers, or returns the list of articles that must be rendered first. */
async function freezeStep(context: DigestsContext, issue: Issue, editions: ReadonlyMap<string, string>, limit: number): Promise<Step> {
  const now = context.clock.now()
  const publication = context.publication()
  return context.database.transaction(async (tx: Queries): Promise<Step> => {
    const readers = await readAudience(tx, issue.digest, issue.frozenThrough, limit)
    const last = readers.at(-1)
    if (!last) {
      await endFreezing(tx, issue.id, now)
      return { ended: true }
    }
    const exclusions = await lookUpExclusions(tx, context, await readShared(tx, issue), readers, now, issue.content.articles.length === 0)
    const deliveries: NewDelivery[] = []
    for (const reader of readers) {
      const articles = articlesFor(issue.content.articles, reader.topics)
      const skipped = exclusions(reader, articles)
      const language = otherLanguage(publication, reader.language)
      const editionId = editions.get(listKey(articles, language))
      if (skipped === undefined && editionId === undefined) return { missing: articles, language }
      const content = skipped === undefined ? { editionId: editionId as string } : { skipped }
      deliveries.push({
        address: reader.email,
        addressKey: reader.addressKey,
        placeholders: placeholderValuesFor(context, issue.digest, reader),
        content,
      })
    }
    if (!(await advanceFrozen(tx, issue.id, issue.frozenThrough, last.subscriberId))) return { ended: true }
    await enqueueDeliveries(tx, { id: issue.id, kind: 'issue', list: issue.digest }, deliveries, now)
    return { through: last.subscriberId }
  })
}

/** The language that a reader chose; undefined for that of the publication. */
function otherLanguage(publication: Publication, chosen: string): string | undefined {
  const language = readerLanguage(publication, chosen)
  return language === publication.language ? undefined : language
}
