import type { Article } from '../../articles/article.ts'
import { findDelivery } from '../../outbox/delivery-queries.ts'
import { suppressedReason, whichAreSuppressed } from '../../outbox/suppressions.ts'
import { readReader } from '../audience/audience-store.ts'
import type { DigestsContext } from '../context.ts'
import { readArticlesOfEdition } from '../edition/edition-store.ts'
import { type ArticleStatus, articleStatuses } from './article-status.ts'
import { articlesFor } from './choose-articles.ts'
import { readLedgerOf } from './ledger-store.ts'

/** Where an article is for one reader of one digest, in words. */
export interface ArticleStatusForReader extends ArticleStatus {
  readonly reader: string
}

/** Answers "where did it go?" for one article and one address, digest by digest. */
export async function whyForReader(context: DigestsContext, article: Article, addressKey: string): Promise<ArticleStatusForReader[]> {
  const status = (await articleStatuses(context, [article])).get(article.id) ?? []
  const entries = await readLedgerOf(context.database, [article.id])
  return Promise.all(
    status.map(async (one) => {
      const issueId = entries.find(({ digest }) => digest === one.digest)?.issueId
      const reader =
        issueId === undefined ? await outlook(context, one, article, addressKey) : await fate(context, issueId, article, one, addressKey)
      return { ...one, reader }
    }),
  )
}

/** What became of the issue that carries it. */
async function fate(context: DigestsContext, issueId: string, article: Article, one: ArticleStatus, addressKey: string): Promise<string> {
  const delivery = await findDelivery(context.database, issueId, addressKey)
  if (!delivery) {
    const isReader = await readReader(context.database, one.digest, addressKey)
    return isReader
      ? 'not owed: no confirmed reader yet when the issue went out, or its record is gone'
      : 'not owed: no confirmed reader of this digest'
  }
  const { state, reason, editionId } = delivery
  const carried = editionId === undefined ? undefined : await readArticlesOfEdition(context.database, issueId, editionId)
  if (carried && !carried.includes(article.id)) return 'the issue came without it: it is about no topic that this reader had chosen'
  return reason === undefined ? state.replaceAll('_', ' ') : `${state.replaceAll('_', ' ')}: ${reason}`
}

/** Whether it would come to this reader if it went out now. */
async function outlook(context: DigestsContext, one: ArticleStatus, article: Article, addressKey: string): Promise<string> {
  if (one.state === 'excluded') return 'not owed: this digest does not carry it'
  const reader = await readReader(context.database, one.digest, addressKey)
  if (!reader) return 'not owed: no confirmed reader of this digest'
  const reason = (await whichAreSuppressed(context.database, context.tokens, [addressKey])).get(addressKey)
  if (reason) return suppressedReason(reason)
  if (reader.pausedUntil && reader.pausedUntil > context.clock.now()) return `the reader paused until ${reader.pausedUntil.toISOString()}`
  if (articlesFor([article], reader.topics).length === 0) return 'it is about no topic that this reader chose'
  return 'would get it with the next issue'
}
