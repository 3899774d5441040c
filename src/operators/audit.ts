import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { Random } from '../platform/random.ts'
import { pruneInSteps } from '../platform/retention-job.ts'
import type { Publication } from '../publication/publication.ts'
import { deleteAuditBefore, insertAudit } from './audit-store.ts'

/** The verb that records an action in the transaction that carries it out. `app` hands it to the contexts of other modules. */
export function auditWith({ clock, random }: { readonly clock: Clock; readonly random: Random }): RecordAudit {
  return (tx, entry) => insertAudit(tx, newId(clock, random), entry, clock.now())
}

export interface AuditRetentionContext {
  readonly database: Database
  readonly publication: () => Publication
}

/** Deletes entries of the audit log that are older than `retention.audit`. */
export async function pruneAudit({ database, publication }: AuditRetentionContext, now: Date, signal: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - publication().retention.auditMs)
  await pruneInSteps(() => deleteAuditBefore(database, before), signal)
}
