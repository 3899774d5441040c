import type { Queries } from '../../platform/database/database.ts'
import { networkOf } from '../../platform/network.ts'
import type { SubscribersContext } from '../context.ts'
import { incrementSignUpCount, readSignUpCount } from './sign-up-store.ts'

const hourMs = 3_600_000
/** Key of the total over all networks. Keyed hashes are longer, so it never collides. */
const allNetworks = 'all'

/**
 * Counts one sign-up. Returns false, and writes nothing, if the limit of its network or the overall limit is reached. Networks are stored
 * as keyed hashes, for an hour.
 */
export async function countSignUp(tx: Queries, context: SubscribersContext, networkAddress: string | undefined): Promise<boolean> {
  const { perNetwork, overall } = context.publication().signUp
  const network = networkOf(networkAddress)
  const hour = Math.floor(context.clock.now().getTime() / hourMs)
  const counted = [{ key: allNetworks, limit: overall }]
  if (network) counted.push({ key: context.tokens.keyedHash('network', network).toString('base64url'), limit: perNetwork })
  for (const { key, limit } of counted) {
    if ((await readSignUpCount(tx, hour, key)) >= limit) return false
  }
  for (const { key } of counted) await incrementSignUpCount(tx, hour, key)
  return true
}

/** Minimum time until the next confirmation to an address, after one, two, and more unconfirmed ones. */
const pausesMs = [15 * 60_000, hourMs, 24 * hourMs]

/** Whether the last confirmation to this address is too recent for another one. */
export function isAskedTooRecently({ askedAt, timesAsked }: { askedAt: Date | undefined; timesAsked: number }, now: Date): boolean {
  if (!askedAt || now < askedAt) return false
  const pauseMs = pausesMs[Math.min(timesAsked, pausesMs.length) - 1] ?? 0
  return now.getTime() - askedAt.getTime() < pauseMs
}
