import type { SubscribersContext } from './context.ts'
import { countConfirmed } from './store.ts'

/** The number of confirmed readers of each digest. */
export async function countReaders(context: SubscribersContext): Promise<Map<string, number>> {
  return countConfirmed(context.database, [...context.publication().digests.keys()])
}
