import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Readership } from './readership.ts'
import { readReaderCounts, writeReaderCount } from './store.ts'

export interface FeedReaderCountsContext {
  readonly database: Database
  readonly clock: Clock
  readonly readership: Pick<Readership, 'claimed'>
}

/** Stores the sum of what feed fetchers claim, for the UTC day of now. Idempotent: the last count of a day wins. */
export async function recordFeedReaders({ database, clock, readership }: FeedReaderCountsContext): Promise<void> {
  const claims = await readership.claimed()
  const readers = claims.reduce((sum, claim) => sum + claim.readers, 0)
  await writeReaderCount(database, clock.now().toISOString().slice(0, 10), readers)
}

/** Feed readers of each UTC day since `first` that was counted, oldest first. */
export async function feedReadersSince(
  { database }: Pick<FeedReaderCountsContext, 'database'>,
  first: Date,
): Promise<{ day: string; readers: number }[]> {
  return readReaderCounts(database, first.toISOString().slice(0, 10))
}
