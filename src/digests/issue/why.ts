import type { Article } from '../../articles/article.ts'
import { findDelivery } from '../../outbox/delivery-queries.ts'
import { suppressedReason, whichAreSuppressed } from '../../outbox/suppressions.ts'
import { readReader } from '../audience/audience-store.ts'
import { type DigestsContext, definitionOf } from '../context.ts'
import { readArticlesOfEdition } from '../edition/edition-store.ts'
import { type ArticleStatus, articleStatusesWithNotes } from './article-status.ts'
import { articlesFor } from './choose-articles.ts'
import { readLedgerOf } from './ledger-store.ts'
import { comingNote } from './next-issue.ts'

/** The status of an article in one digest, with a sentence about one reader. */
export interface ArticleStatusForReader extends ArticleStatus {
  readonly reader: string
}

/** Explains for each digest whether an address got an article, and why not. */
export async function whyForReader(context: DigestsContext, article: Article, addressKey: string): Promise<ArticleStatusForReader[]> {
  const status = await articleStatusesWithNotes(context, article)
  const entries = await readLedgerOf(context.database, [article.id])
  return Promise.all(
    status.map(async (one) => {
      const issueId = entries.find(({ digest }) => digest === one.digest)?.issueId
      const reader =
        issueId === undefined
          ? await expectedOutcome(context, one, article, addressKey)
          : await recordedOutcome(context, issueId, article, one, addressKey)
      return { ...one, reader }
    }),
  )
}

/** The outcome for this reader, from the issue that contains the article. */
async function recordedOutcome(
  context: DigestsContext,
  issueId: string,
  article: Article,
  one: ArticleStatus,
  addressKey: string,
): Promise<string> {
  const delivery = await findDelivery(context.database, issueId, addressKey)
  if (!delivery) {
    const isReader = await readReader(context.database, one.digest, addressKey)
    return isReader
      ? 'not sent: the subscription was not confirmed when the issue went out, or the record was deleted'
      : 'not sent: no confirmed subscription to this digest'
  }
  const { state, reason, editionId } = delivery
  const sentArticles = editionId === undefined ? undefined : await readArticlesOfEdition(context.database, issueId, editionId)
  if (sentArticles && !sentArticles.includes(article.id)) return 'not in the issue that this reader got: they had chosen other topics'
  return reason === undefined ? state.replaceAll('_', ' ') : `${state.replaceAll('_', ' ')}: ${reason}`
}

/** The outcome for this reader if the next issue went out now. */
async function expectedOutcome(context: DigestsContext, one: ArticleStatus, article: Article, addressKey: string): Promise<string> {
  if (one.state === 'excluded') return 'not sent: this digest excludes the article'
  const reader = await readReader(context.database, one.digest, addressKey)
  if (!reader) return 'not sent: no confirmed subscription to this digest'
  const reason = (await whichAreSuppressed(context.database, context.tokens, [addressKey])).get(addressKey)
  if (reason) return suppressedReason(reason)
  if (reader.pausedUntil && reader.pausedUntil > context.clock.now()) return `the reader paused until ${reader.pausedUntil.toISOString()}`
  if (articlesFor([article], reader.topics).length === 0) return 'not sent: this reader chose other topics'
  const definition = definitionOf(context, one.digest)
  const coming = definition && (await comingNote(context, definition, [article]))
  if (coming?.noted.arranged.included.length === 0) return 'not with the next issue: its note postpones or excludes the article'
  return 'would get it with the next issue'
}
