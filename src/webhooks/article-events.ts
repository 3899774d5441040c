import type { Database } from '../platform/database/database.ts'
import { insertAnnounced, listAnnounced, markAllAnnounced } from './article-event-store.ts'
import { type RaisingContext, raiseEvent } from './event.ts'

/** Articles in one transaction. */
const perStep = 50

/** An article that is published now. */
export interface PublishedArticle {
  readonly id: string
}

/**
 * Raises `article.published` once for each article, over all processes and restarts. What is published when this first runs on a
 * database is not news. `describe` makes the JSON of some articles, by id.
 */
export class ArticleEvents {
  readonly #context: RaisingContext & { readonly database: Database }
  readonly #describe: (ids: readonly string[]) => Promise<ReadonlyMap<string, object>>
  /** Ids that need no look-up. */
  #known: Set<string> | undefined

  constructor(
    context: RaisingContext & { readonly database: Database },
    describe: (ids: readonly string[]) => Promise<ReadonlyMap<string, object>>,
  ) {
    this.#context = context
    this.#describe = describe
  }

  async announce(published: readonly PublishedArticle[], signal?: AbortSignal): Promise<void> {
    const { database } = this.#context
    const ids = published.map(({ id }) => id)
    this.#known ??= await this.#firstKnown(ids)
    const known = this.#known
    const fresh = ids.filter((id) => !known.has(id))
    for (let start = 0; start < fresh.length && !signal?.aborted; start += perStep) {
      const step = fresh.slice(start, start + perStep)
      // Before the transaction, to keep it short.
      const described = await this.#describe(step)
      await database.transaction(async (tx) => {
        for (const id of step) {
          if (await insertAnnounced(tx, id)) {
            await raiseEvent(tx, this.#context, { type: 'article.published', data: async () => described.get(id) })
          }
        }
      })
      for (const id of step) known.add(id)
    }
  }

  async #firstKnown(ids: readonly string[]): Promise<Set<string>> {
    return this.#context.database.transaction(async (tx) => {
      await markAllAnnounced(tx, ids)
      return new Set(await listAnnounced(tx))
    })
  }
}
