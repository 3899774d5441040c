import { anonymiseAddress } from '../outbox/erase.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { SubscribersContext } from './context.ts'
import { rewindGrowth } from './growth/growth-store.ts'
import { pruneRemarks } from './import/import-store.ts'
import { pruneUploads } from './import/uploads.ts'
import { mailboxStoredMs } from './sign-up/limits.ts'
import { pruneMailboxAddresses } from './sign-up/mailbox-store.ts'
import { pruneSignUpCounts } from './sign-up/sign-up-store.ts'
import { deleteExpired, deleteSubscriber, readExpired, restoreUnsubscribed } from './store.ts'

const hourMs = 3_600_000
/** Takes a few milliseconds, so that other work runs between two steps. */
const perStep = 100

/** Deletes expired sign-up counts, import remarks and unconfirmed subscriptions, as `retention` sets. */
export async function pruneSubscribers(context: SubscribersContext, now: Date, signal: AbortSignal): Promise<void> {
  const hour = Math.floor(now.getTime() / hourMs)
  const unconfirmedBefore = new Date(now.getTime() - context.publication().retention.unconfirmedMs)
  await pruneSignUpCounts(context.database, hour)
  await pruneMailboxAddresses(context.database, new Date(now.getTime() - mailboxStoredMs))
  await pruneRemarks(context.database, new Date(now.getTime() - 24 * hourMs))
  await pruneUploads(context, now, signal)
  await pruneInSteps(() => pruneUnconfirmed(context, unconfirmedBefore), signal)
}

/**
 * One step: ends requests for a confirmation from before `before`. A subscription that was unsubscribed earlier becomes unsubscribed
 * again. Subscribers without other subscriptions are deleted. True if there may be more.
 */
async function pruneUnconfirmed(context: SubscribersContext, before: Date): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const expired = await readExpired(tx, before, perStep)
    for (const { subscriptionId, subscriberId, addressKey } of expired) {
      await restoreUnsubscribed(tx, subscriptionId)
      if (await deleteExpired(tx, subscriptionId, subscriberId)) {
        await deleteSubscriber(tx, subscriberId)
        await anonymiseAddress(tx, context.tokens, addressKey)
      }
    }
    if (expired.length > 0) await rewindGrowth(tx)
    return expired.length === perStep
  })
}
