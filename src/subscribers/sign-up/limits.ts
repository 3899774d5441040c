import type { Queries } from '../../platform/database/database.ts'
import type { SubscribersContext } from '../context.ts'
import { networkOf } from './network.ts'
import { addSignUpCount, readSignUpCount } from './sign-up-store.ts'

const hourMs = 3_600_000
/** Stands for all networks together; no keyed hash is that short. */
const everywhere = 'all'

/**
 * Counts one sign-up from that network address. False where that is one too many, from its network or from all together; then nothing
 * is written, so that a flood costs no more than a look. Networks are kept as keyed hashes, for an hour.
 */
export async function countSignUp(tx: Queries, context: SubscribersContext, networkAddress: string | undefined): Promise<boolean> {
  const { perNetwork, overall } = context.publication().signUp
  const network = networkOf(networkAddress)
  const hour = Math.floor(context.clock.now().getTime() / hourMs)
  const counted = [{ key: everywhere, limit: overall }]
  if (network) counted.push({ key: context.tokens.keyedHash('network', network).toString('base64url'), limit: perNetwork })
  for (const { key, limit } of counted) {
    if ((await readSignUpCount(tx, hour, key)) >= limit) return false
  }
  for (const { key } of counted) await addSignUpCount(tx, hour, key)
  return true
}

/** How long an address is left alone after one, two, and more confirmations that nobody followed. */
const pausesMs = [15 * 60_000, hourMs, 24 * hourMs]

/** Whether a confirmation went to this address too short a time ago for another one. */
export function isAskedEnough({ askedAt, timesAsked }: { askedAt: Date | undefined; timesAsked: number }, now: Date): boolean {
  if (!askedAt || now < askedAt) return false
  const pauseMs = pausesMs[Math.min(timesAsked, pausesMs.length) - 1] ?? 0
  return now.getTime() - askedAt.getTime() < pauseMs
}
