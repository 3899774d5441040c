import { setImmediate } from 'node:timers/promises'
import { forgetAddress } from '../outbox/forget.ts'
import { forgetOldReports } from '../outbox/reports.ts'
import { thinDeliveries } from '../outbox/thin.ts'
import { forgetOldRemarks } from './import-store.ts'
import type { SubscribersRoom } from './room.ts'
import { dropTalliesBefore } from './sign-up-store.ts'
import { deleteSubscriber, dropExpired, readExpired, restLeft } from './store.ts'

const hourMs = 3_600_000
/** Few milliseconds: others have their turn between two steps. */
const perStep = 100

/** Takes away what is older than `retention` allows, in small steps. `isStopping` is asked between them. */
export async function keepRetention(room: SubscribersRoom, isStopping: () => boolean = () => false): Promise<void> {
  const now = room.clock.now().getTime()
  const { unconfirmedMs, deliveriesMs } = room.publication().retention
  await dropTalliesBefore(room.database, Math.floor(now / hourMs))
  await forgetOldReports(room.database, new Date(now))
  await forgetOldRemarks(room.database, new Date(now - 24 * hourMs))
  const steps = [
    () => dropUnconfirmed(room, new Date(now - unconfirmedMs)),
    () => thinDeliveries(room.database, new Date(now - deliveriesMs)),
  ]
  for (const step of steps) {
    while (!isStopping() && (await step())) await setImmediate()
  }
}

/**
 * One step: what waits for a confirmation that was asked for before `before` is asked for no more. Who had left that digest has left it
 * still; of whom nothing else is known, nothing stays. True where there may be more.
 */
async function dropUnconfirmed(room: SubscribersRoom, before: Date): Promise<boolean> {
  return room.database.transaction(async (tx) => {
    const expired = await readExpired(tx, before, perStep)
    for (const { subscriptionId, subscriberId, addressKey } of expired) {
      await restLeft(tx, subscriptionId)
      if (await dropExpired(tx, subscriptionId, subscriberId)) {
        await deleteSubscriber(tx, subscriberId)
        await forgetAddress(tx, room.tokens, addressKey)
      }
    }
    return expired.length === perStep
  })
}
