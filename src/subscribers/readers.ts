import type { SubscribersRoom } from './context.ts'
import { countConfirmed } from './store.ts'

/** How many confirmed readers each digest of the publication has. */
export async function countReaders(room: SubscribersRoom): Promise<Map<string, number>> {
  return countConfirmed(room.database, [...room.publication().digests.keys()])
}
