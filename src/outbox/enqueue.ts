import type { Queries } from '../platform/database/database.ts'
import type { Edition, NewDelivery, NewMailing } from './delivery.ts'
import { keepEdition, openMailing, oweDeliveries } from './enqueue-store.ts'

export { cancelQueuedFor, keepEdition, openMailing, oweDeliveries } from './enqueue-store.ts'

/** One letter to one address: a mailing of its own. */
export async function oweLetter(
  tx: Queries,
  mailing: NewMailing,
  edition: Edition,
  recipient: Omit<NewDelivery, 'content'>,
  now: Date,
): Promise<void> {
  await openMailing(tx, mailing, now)
  const editionId = await keepEdition(tx, edition)
  await oweDeliveries(tx, mailing, [{ ...recipient, content: { editionId } }], now)
}
