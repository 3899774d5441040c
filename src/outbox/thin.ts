import type { Database } from '../platform/database/database.ts'
import { thinIssues, thinLetters } from './retention-store.ts'

/**
 * One step of taking away the records of deliveries whose mailing is older than `before`: who got it is gone then, how many got it stays.
 * What has no end yet stays too. True where there may be more.
 */
export async function thinDeliveries(database: Database, before: Date): Promise<boolean> {
  return (await thinIssues(database, before)) || (await thinLetters(database, before))
}
