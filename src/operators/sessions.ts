import type { Actor } from '../platform/actor.ts'
import type { OperatorsContext } from './context.ts'
import { deleteSession, listSessionRows, type StoredSession } from './store.ts'

export type { Origin, StoredSession } from './store.ts'

/** Bounds the page. Sessions end after 30 days. */
const maxListed = 200

/** Sessions that have not expired, latest first. `operator`: only theirs; null: only those without an operator. */
export function listSessions({ database, clock }: OperatorsContext, operator?: string | null): Promise<StoredSession[]> {
  return listSessionRows(database, clock.now().getTime(), maxListed, operator)
}

/** Ends a session by its id at once. With `of`, only one of this operator. False if there is none. */
export async function revokeSession(
  { database, recordAudit }: OperatorsContext,
  id: string,
  by: Actor,
  of?: { readonly operator: string | null },
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const session = await deleteSession(tx, id, of)
    if (!session) return false
    await recordAudit(tx, { action: 'session.end', subject: session.operator, by })
    return true
  })
}
