import type { Queries } from '../../platform/database/database.ts'
import { mailboxOf } from '../../platform/mailbox-of.ts'
import { networkOf } from '../../platform/network.ts'
import type { SubscribersContext } from '../context.ts'
import { insertMailboxAddress, readMailboxAddresses } from './mailbox-store.ts'
import { incrementSignUpCount, lockSignUpCount, readSignUpCount } from './sign-up-store.ts'

const hourMs = 3_600_000
/** Key of the total over all networks. Keyed hashes are longer, so it never collides. */
const allNetworks = 'all'

/**
 * Prefixes of IPv6 and how many times `per_network` each may use. Who holds a /48 holds 65,536 networks of one customer. IPv4 addresses
 * are the same network at each length, so the first limit holds for them.
 */
const networkSizes = [
  { ipv6Bits: 64, times: 1 },
  { ipv6Bits: 56, times: 4 },
  { ipv6Bits: 48, times: 20 },
] as const

/** One client may use this share of `overall`, so that it cannot close the form for everybody else. */
const shareOfOneClient = 0.1

/**
 * Counts one sign-up. Returns when to come back, and writes nothing, if a limit is reached: overall, of a network, or of a mailbox.
 * Asks nothing of subscribers, so the answer does not depend on whether the address is known. Networks and mailboxes are stored as keyed
 * hashes. What was counted under a previous secret counts on, so that a restart with a new one forgets nothing.
 */
export async function countSignUp(
  tx: Queries,
  context: SubscribersContext,
  { addressKey, networkAddress }: { readonly addressKey: string; readonly networkAddress: string | undefined },
): Promise<{ readonly comeBackAt: Date } | undefined> {
  const now = context.clock.now()
  const hour = Math.floor(now.getTime() / hourMs)
  const counted = countedKeys(context, networkAddress)
  await lockSignUpCount(tx, hour, allNetworks)
  for (const { hashes, limit } of counted) {
    if ((await readSignUpCount(tx, hour, hashes.all)) >= limit) return { comeBackAt: new Date((hour + 1) * hourMs) }
  }
  const comeBackAt = await countMailbox(tx, context, addressKey, now)
  if (comeBackAt) return { comeBackAt }
  for (const { hashes } of counted) await incrementSignUpCount(tx, hour, hashes.present)
  return undefined
}

/** Written under the present secret, read under each. */
interface Hashes {
  readonly present: string
  readonly all: readonly string[]
}

function countedKeys(context: SubscribersContext, networkAddress: string | undefined): { hashes: Hashes; limit: number }[] {
  const { perNetwork, overall } = context.publication().signUp
  const limits = new Map<string, number>()
  for (const { ipv6Bits, times } of networkSizes) {
    const network = networkOf(networkAddress, ipv6Bits)
    if (network === undefined || limits.has(network)) continue
    const limit = perNetwork * times
    limits.set(network, times === 1 ? Math.min(limit, Math.max(1, Math.floor(overall * shareOfOneClient))) : limit)
  }
  const hashed = [...limits].map(([network, limit]) => ({ hashes: hashesOf(context, network), limit }))
  return [{ hashes: { present: allNetworks, all: [allNetworks] }, limit: overall }, ...hashed]
}

/**
 * Notes another address of a mailbox, such as one with another tag. Undefined if it may be asked; otherwise when. An address that was noted
 * before passes: the pauses of its own confirmations hold for it.
 */
async function countMailbox(tx: Queries, context: SubscribersContext, addressKey: string, now: Date): Promise<Date | undefined> {
  const mailbox = hashesOf(context, `mailbox ${mailboxOf(addressKey)}`)
  const address = hashesOf(context, `address ${addressKey}`)
  const noted = await readMailboxAddresses(tx, mailbox.all)
  const last = noted.at(-1)
  const known = noted.find((one) => address.all.includes(one.address))
  if (last && !known) {
    const until = last.at.getTime() + pauseAfter(noted.length)
    // A clock that was set back must not extend the pause.
    if (now >= last.at && now.getTime() < until) return new Date(until)
  }
  // Also where it is known, so that the time of the answer tells nothing.
  await insertMailboxAddress(tx, known ?? { mailbox: mailbox.present, address: address.present }, now)
  return undefined
}

function hashesOf({ tokens }: SubscribersContext, text: string): Hashes {
  const asText = (hash: Buffer) => hash.toString('base64url')
  return { present: asText(tokens.keyedHash('network', text)), all: tokens.keyedHashes('network', text).map(asText) }
}

/** How long addresses of a mailbox are stored: longer than the longest pause. */
export const mailboxStoredMs = 48 * hourMs

/** Minimum time until the next confirmation to an address or a mailbox, after one, two, and more unconfirmed ones. */
const pausesMs = [15 * 60_000, hourMs, 24 * hourMs]

function pauseAfter(times: number): number {
  return pausesMs[Math.min(times, pausesMs.length) - 1] ?? 0
}

/** Whether the last confirmation to this address is too recent for another one. */
export function isAskedTooRecently({ askedAt, timesAsked }: { askedAt: Date | undefined; timesAsked: number }, now: Date): boolean {
  if (!askedAt || now < askedAt) return false
  return now.getTime() - askedAt.getTime() < pauseAfter(timesAsked)
}
