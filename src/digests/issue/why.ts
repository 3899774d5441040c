import type { Article } from '../../articles/article.ts'
import { findDelivery } from '../../outbox/delivery-queries.ts'
import { suppressedReason, whichAreSuppressed } from '../../outbox/suppressions.ts'
import { readReader } from '../audience/audience-store.ts'
import type { DigestsRoom } from '../context.ts'
import { readArticlesOfEdition } from '../edition/edition-store.ts'
import { type Whereabouts, whereaboutsOf } from './article-status.ts'
import { articlesFor } from './choose-articles.ts'
import { readLedgerOf } from './ledger-store.ts'

/** Where an article is for one reader of one digest, in words. */
export interface ReadersWhereabouts extends Whereabouts {
  readonly reader: string
}

/** Answers "where did it go?" for one article and one address, digest by digest. */
export async function whyForReader(room: DigestsRoom, article: Article, addressKey: string): Promise<ReadersWhereabouts[]> {
  const whereabouts = (await whereaboutsOf(room, [article])).get(article.id) ?? []
  const entries = await readLedgerOf(room.database, [article.id])
  return Promise.all(
    whereabouts.map(async (one) => {
      const issueId = entries.find(({ digest }) => digest === one.digest)?.issueId
      const reader =
        issueId === undefined ? await outlook(room, one, article, addressKey) : await fate(room, issueId, article, one, addressKey)
      return { ...one, reader }
    }),
  )
}

/** What became of the issue that carries it. */
async function fate(room: DigestsRoom, issueId: string, article: Article, one: Whereabouts, addressKey: string): Promise<string> {
  const delivery = await findDelivery(room.database, issueId, addressKey)
  if (!delivery) {
    const isReader = await readReader(room.database, one.digest, addressKey)
    return isReader
      ? 'not owed: no confirmed reader yet when the issue went out, or its record is gone'
      : 'not owed: no confirmed reader of this digest'
  }
  const { state, reason, editionId } = delivery
  const carried = editionId === undefined ? undefined : await readArticlesOfEdition(room.database, issueId, editionId)
  if (carried && !carried.includes(article.id)) return 'the issue came without it: it is about no topic that this reader had chosen'
  return reason === undefined ? state.replaceAll('_', ' ') : `${state.replaceAll('_', ' ')}: ${reason}`
}

/** Whether it would come to this reader if it went out now. */
async function outlook(room: DigestsRoom, one: Whereabouts, article: Article, addressKey: string): Promise<string> {
  if (one.state === 'excluded') return 'not owed: this digest does not carry it'
  const reader = await readReader(room.database, one.digest, addressKey)
  if (!reader) return 'not owed: no confirmed reader of this digest'
  const reason = (await whichAreSuppressed(room.database, room.tokens, [addressKey])).get(addressKey)
  if (reason) return suppressedReason(reason)
  if (reader.pausedUntil && reader.pausedUntil > room.clock.now()) return `the reader paused until ${reader.pausedUntil.toISOString()}`
  if (articlesFor([article], reader.topics).length === 0) return 'it is about no topic that this reader chose'
  return 'would get it with the next issue'
}
