import type { SubscribersContext } from './context.ts'
import { countConfirmed } from './store.ts'

/** How many confirmed readers each digest of the publication has. */
export async function countReaders(context: SubscribersContext): Promise<Map<string, number>> {
  return countConfirmed(context.database, [...context.publication().digests.keys()])
}
