import {
  liftSuppression,
  listSuppressions,
  readSuppression,
  type Suppression,
  type SuppressionReason,
  suppress,
} from '../outbox/suppressions.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersRoom } from './context.ts'

export type { Suppression } from '../outbox/suppressions.ts'

/** Why the operator may suppress an address: erasure takes more away than this, and has a verb of its own. */
export const operatorReasons = ['operator', 'bounce', 'complaint'] as const satisfies readonly SuppressionReason[]

/** No mail goes to the address from now on, whoever asks for it. Undefined where it is no address. */
export async function suppressAddress(
  room: SubscribersRoom,
  email: string,
  reason: (typeof operatorReasons)[number],
): Promise<{ readonly suppression: Suppression; readonly isNew: boolean } | undefined> {
  const address = parseAddress(email)
  if (!address) return undefined
  return room.database.transaction(async (tx) => {
    const isNew = await suppress(tx, room.tokens, address.key, reason, room.clock.now())
    const suppression = await readSuppression(tx, room.tokens, address.key)
    if (!suppression) throw new Error('an address that was just suppressed is not')
    return { suppression, isNew }
  })
}

/** The address gets mail again, where it asks for some; one that was erased too. False where it was not suppressed. */
export async function liftAddress(room: SubscribersRoom, email: string): Promise<boolean> {
  const key = parseAddress(email)?.key
  return key !== undefined && room.database.transaction((tx) => liftSuppression(tx, room.tokens, key))
}

/** The suppression of one address, also where the address itself is forgotten. */
export async function findSuppression(room: SubscribersRoom, email: string): Promise<Suppression | undefined> {
  const key = parseAddress(email)?.key
  return key === undefined ? undefined : readSuppression(room.database, room.tokens, key)
}

/** One page, newest first. */
export async function pageOfSuppressions(room: SubscribersRoom, page: Parameters<typeof listSuppressions>[1]): Promise<Suppression[]> {
  return listSuppressions(room.database, page)
}
