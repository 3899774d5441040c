import type { Database } from '../platform/database/database.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { Publication } from '../publication/publication.ts'
import { deletePreviousSecrets } from './endpoint-store.ts'
import { deleteEvents } from './event-store.ts'
import { longestMs } from './retry.ts'

export interface WebhookRetentionContext {
  readonly database: Database
  readonly publication: () => Publication
}

/** Takes a few milliseconds, so that other work runs between two steps. */
const perStep = 100
const dayMs = 86_400_000

/** Deletes events that are older than `retention.webhooks` with their log, and secrets whose overlap is over. */
export async function pruneWebhooks({ database, publication }: WebhookRetentionContext, now: Date, signal: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - publication().retention.webhooksMs)
  const queuedSince = new Date(now.getTime() - longestMs - dayMs)
  await deletePreviousSecrets(database, now)
  await pruneInSteps(async () => (await database.transaction((tx) => deleteEvents(tx, before, queuedSince, perStep))) === perStep, signal)
}
