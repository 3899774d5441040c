import type { Queries } from '../platform/database/database.ts'
import type { Edition, NewDelivery, NewMailing } from './delivery.ts'
import { enqueueDeliveries, openMailing, storeEdition } from './enqueue-store.ts'

export { cancelQueuedFor, enqueueDeliveries, openMailing, storeEdition } from './enqueue-store.ts'

/** Enqueues one email to one address, as a mailing of its own. */
export async function enqueueEmail(
  tx: Queries,
  mailing: NewMailing,
  edition: Edition,
  recipient: Omit<NewDelivery, 'content'>,
  now: Date,
): Promise<void> {
  await openMailing(tx, mailing, now)
  const editionId = await storeEdition(tx, edition)
  await enqueueDeliveries(tx, mailing, [{ ...recipient, content: { editionId } }], now)
}
