import { anonymiseAddress } from '../outbox/erase.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { SubscribersContext } from './context.ts'
import { pruneRemarks } from './import/import-store.ts'
import { pruneSignUpCounts } from './sign-up/sign-up-store.ts'
import { deleteSubscriber, dropExpired, readExpired, restLeft } from './store.ts'

const hourMs = 3_600_000
/** Few milliseconds: others have their turn between two steps. */
const perStep = 100

/** Deletes what is older than `retention` allows, of sign-ups, of imports, and of who never confirmed. */
export async function pruneSubscribers(context: SubscribersContext, now: Date, signal: AbortSignal): Promise<void> {
  const hour = Math.floor(now.getTime() / hourMs)
  const unconfirmedBefore = new Date(now.getTime() - context.publication().retention.unconfirmedMs)
  await pruneSignUpCounts(context.database, hour)
  await pruneRemarks(context.database, new Date(now.getTime() - 24 * hourMs))
  await pruneInSteps(() => pruneUnconfirmed(context, unconfirmedBefore), signal)
}

/**
 * One step: what waits for a confirmation that was asked for before `before` is asked for no more. Who had left that digest has left it
 * still; of whom nothing else is known, nothing stays. True where there may be more.
 */
async function pruneUnconfirmed(context: SubscribersContext, before: Date): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const expired = await readExpired(tx, before, perStep)
    for (const { subscriptionId, subscriberId, addressKey } of expired) {
      await restLeft(tx, subscriptionId)
      if (await dropExpired(tx, subscriptionId, subscriberId)) {
        await deleteSubscriber(tx, subscriberId)
        await anonymiseAddress(tx, context.tokens, addressKey)
      }
    }
    return expired.length === perStep
  })
}
