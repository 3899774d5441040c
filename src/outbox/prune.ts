import type { Database } from '../platform/database/database.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { Publication } from '../publication/publication.ts'
import { deleteOldRates } from './rate-store.ts'
import { anonymiseOldReports } from './reports.ts'
import { foldDeliveryCounters, pruneEmailDeliveries, pruneIssueDeliveries } from './retention-store.ts'
import { deleteOldThrottles } from './sender/throttle-store.ts'

export interface OutboxRetentionContext {
  readonly database: Database
  readonly publication: () => Publication
}

/** Deletes deliveries and anonymises reports that are older than `retention` allows. */
export async function pruneOutbox({ database, publication }: OutboxRetentionContext, now: Date, signal: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - publication().retention.deliveriesMs)
  await anonymiseOldReports(database, now)
  await deleteOldRates(database, now)
  await deleteOldThrottles(database, now)
  await foldDeliveryCounters(database)
  await pruneInSteps(() => pruneDeliveries(database, before), signal)
}

/**
 * Deletes one batch of settled deliveries whose mailing is older than `before`, and keeps their counts. True if more may remain.
 */
export async function pruneDeliveries(database: Database, before: Date): Promise<boolean> {
  return (await pruneIssueDeliveries(database, before)) || (await pruneEmailDeliveries(database, before))
}
