import type { AuditEntry } from '../platform/actor.ts'
import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** A step of this size takes about 10 ms; other queries run between two steps. */
const rowsPerStep = 500

export async function insertAudit(tx: Queries, id: string, { action, subject, by, details }: AuditEntry, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO audit_log (id, at, operator, via, action, subject, details)
    VALUES (${id}, ${now.getTime()}, ${by.operator}, ${by.via}, ${action}, ${subject}, ${JSON.stringify(details ?? {})})`)
}

/** Deletes one batch. True if more may remain. */
export async function deleteAuditBefore(db: Queries, before: Date): Promise<boolean> {
  const deleted = await db.run(sql`
    DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < ${before.getTime()} ORDER BY at LIMIT ${rowsPerStep})`)
  return deleted === rowsPerStep
}
