import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { readRates } from './rate-store.ts'
import { nextDueAt, openIssues } from './sender/claim-store.ts'
import { listUndecided } from './uncertain-store.ts'

/** How the outbox stands, over all processes. */
export interface OutboxState {
  /** For how long the first delivery that is due has waited, in seconds; 0 if none is due. */
  readonly oldestDueSeconds: number
  /** Settled deliveries of open issues a second, over the last minute. */
  readonly perSecond: number
  /** Uncertain deliveries about which nobody has decided. */
  readonly undecided: number
}

export async function readOutboxState({ database, clock }: { readonly database: Database; readonly clock: Clock }): Promise<OutboxState> {
  const now = clock.now()
  const dueAt = await nextDueAt(database)
  const rates = await readRates(database, await openIssues(database), now)
  const undecided = await listUndecided(database)
  return {
    oldestDueSeconds: dueAt ? Math.max(0, (now.getTime() - dueAt.getTime()) / 1_000) : 0,
    perSecond: [...rates.values()].reduce((sum, rate) => sum + rate, 0),
    undecided: undecided.reduce((sum, { count }) => sum + count, 0),
  }
}
