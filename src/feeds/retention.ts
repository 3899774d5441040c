import type { Database } from '../platform/database/database.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { Publication } from '../publication/publication.ts'
import { deleteClaimsOfOneDay } from './store.ts'

export interface FeedRetentionContext {
  readonly database: Database
  readonly publication: () => Publication
}

/** Deletes claims of feed readers that are older than `retention.feed_claims`. */
export async function pruneFeeds({ database, publication }: FeedRetentionContext, now: Date, signal: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - publication().retention.feedClaimsMs).toISOString().slice(0, 10)
  await pruneInSteps(() => deleteClaimsOfOneDay(database, before), signal)
}
