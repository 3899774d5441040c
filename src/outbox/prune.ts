import type { Database } from '../platform/database/database.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { Publication } from '../publication/publication.ts'
import { anonymiseOldReports } from './reports.ts'
import { pruneIssueDeliveries, pruneSingleDeliveries } from './retention-store.ts'

export interface OutboxRetentionContext {
  readonly database: Database
  readonly publication: () => Publication
}

/** Deletes and anonymises what the outbox keeps longer than `retention` allows. */
export async function pruneOutbox({ database, publication }: OutboxRetentionContext, now: Date, signal: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - publication().retention.deliveriesMs)
  await anonymiseOldReports(database, now)
  await pruneInSteps(() => pruneDeliveries(database, before), signal)
}

/**
 * One step of deleting the records of deliveries whose mailing is older than `before`: who got it is gone then, how many got it stays.
 * What has no end yet stays too. True where there may be more.
 */
export async function pruneDeliveries(database: Database, before: Date): Promise<boolean> {
  return (await pruneIssueDeliveries(database, before)) || (await pruneSingleDeliveries(database, before))
}
