import {
  liftSuppression,
  listSuppressions,
  readSuppression,
  type Suppression,
  type SuppressionReason,
  suppress,
} from '../outbox/suppressions.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersContext } from './context.ts'

export type { Suppression } from '../outbox/suppressions.ts'

/** Why the operator may suppress an address: erasure takes more away than this, and has a verb of its own. */
export const operatorReasons = ['operator', 'bounce', 'complaint'] as const satisfies readonly SuppressionReason[]

/** No mail goes to the address from now on, whoever asks for it. Undefined where it is no address. */
export async function suppressAddress(
  context: SubscribersContext,
  email: string,
  reason: (typeof operatorReasons)[number],
): Promise<{ readonly suppression: Suppression; readonly isNew: boolean } | undefined> {
  const address = parseAddress(email)
  if (!address) return undefined
  return context.database.transaction(async (tx) => {
    const isNew = await suppress(tx, context.tokens, address.key, reason, context.clock.now())
    const suppression = await readSuppression(tx, context.tokens, address.key)
    if (!suppression) throw new Error('an address that was just suppressed is not')
    return { suppression, isNew }
  })
}

/** The address gets mail again, where it asks for some; one that was erased too. False where it was not suppressed. */
export async function liftAddress(context: SubscribersContext, email: string): Promise<boolean> {
  const key = parseAddress(email)?.key
  return key !== undefined && context.database.transaction((tx) => liftSuppression(tx, context.tokens, key))
}

/** The suppression of one address, also where the address itself is forgotten. */
export async function findSuppression(context: SubscribersContext, email: string): Promise<Suppression | undefined> {
  const key = parseAddress(email)?.key
  return key === undefined ? undefined : readSuppression(context.database, context.tokens, key)
}

/** One page, newest first. */
export async function pageOfSuppressions(
  context: SubscribersContext,
  page: Parameters<typeof listSuppressions>[1],
): Promise<Suppression[]> {
  return listSuppressions(context.database, page)
}
