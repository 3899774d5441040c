import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { orderedIds } from '../platform/ids.ts'
import type { Random } from '../platform/random.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { Publication } from '../publication/publication.ts'
import { type AuditLine, deleteAuditBefore, insertAudit, listAuditRows, listAuditRowsOf } from './audit-store.ts'
import { deleteRemovedBefore } from './operator-store.ts'
import { deleteTokensExpiredBefore } from './token-store.ts'

export type { AuditLine } from './audit-store.ts'

/** The verb that records an action in the transaction that carries it out. `app` hands it to the contexts of other modules. */
export function auditWith({ clock, random }: { readonly clock: Clock; readonly random: Random }): RecordAudit {
  // Entries are listed by id.
  const nextId = orderedIds(clock, random)
  return (tx, entry) => insertAudit(tx, nextId(), entry, clock.now())
}

export interface AuditRetentionContext {
  readonly database: Database
  readonly publication: () => Publication
}

/** One page of the audit log, latest first. `before` is the id of the last entry of the previous page. */
export function pageOfAudit(
  { database }: { readonly database: Database },
  page: { readonly limit: number; readonly before?: string | undefined },
): Promise<AuditLine[]> {
  return listAuditRows(database, page)
}

/** The latest entries about one subject, such as the id of a subscriber, latest first. */
export function auditOf({ database }: { readonly database: Database }, subject: string, limit: number): Promise<AuditLine[]> {
  return listAuditRowsOf(database, subject, limit)
}

/** How long an expired token is listed. */
const expiredShownMs = 30 * 86_400_000

/** Deletes what is older than `retention.audit`: entries of the audit log, and operators who were removed; and expired tokens. */
export async function pruneOperators({ database, publication }: AuditRetentionContext, now: Date, signal: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - publication().retention.auditMs)
  await pruneInSteps(() => deleteAuditBefore(database, before), signal)
  await deleteRemovedBefore(database, before)
  await deleteTokensExpiredBefore(database, new Date(now.getTime() - expiredShownMs))
}
