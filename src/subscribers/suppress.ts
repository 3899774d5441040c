import {
  liftSuppression,
  listSuppressions,
  readSuppression,
  type Suppression,
  type SuppressionReason,
  suppress,
} from '../outbox/suppressions.ts'
import type { Actor } from '../platform/actor.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersContext } from './context.ts'

export type { Suppression } from '../outbox/suppressions.ts'

/** Reasons that the operator may give. An erasure deletes more and has its own function. */
export const operatorReasons = ['operator', 'bounce', 'complaint'] as const satisfies readonly SuppressionReason[]

/** Suppresses an address: no more mail is sent to it. Undefined if it is not a valid address. */
export async function suppressAddress(
  context: SubscribersContext,
  email: string,
  reason: (typeof operatorReasons)[number],
  by: Actor,
): Promise<{ readonly suppression: Suppression; readonly isNew: boolean } | undefined> {
  const address = parseAddress(email)
  if (!address) return undefined
  return context.database.transaction(async (tx) => {
    const isNew = await suppress(tx, context.tokens, address.key, reason, context.clock.now())
    const suppression = await readSuppression(tx, context.tokens, address.key)
    if (!suppression) throw new Error('the suppression just written cannot be read')
    if (isNew) await context.recordAudit(tx, { action: 'suppression.add', subject: suppression.id, by, details: { reason } })
    return { suppression, isNew }
  })
}

/** Allows mail to the address again, also to an erased one. False if it was not suppressed. */
export async function liftAddress(context: SubscribersContext, email: string, by: Actor): Promise<boolean> {
  const key = parseAddress(email)?.key
  if (key === undefined) return false
  return context.database.transaction(async (tx) => {
    const suppression = await readSuppression(tx, context.tokens, key)
    if (!suppression || !(await liftSuppression(tx, context.tokens, key))) return false
    await context.recordAudit(tx, { action: 'suppression.lift', subject: suppression.id, by, details: { reason: suppression.reason } })
    return true
  })
}

/** The suppression of one address, also of an erased one. */
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
