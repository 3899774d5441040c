import type { Actor, AuditEntry } from '../platform/actor.ts'
import type { Queries } from '../platform/database/database.ts'
import { type Sql, sql } from '../platform/database/sql.ts'

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

/** An entry as it is stored, with the address of the operator where it is still known. */
export interface AuditLine extends Required<AuditEntry> {
  readonly id: string
  readonly at: Date
  readonly email: string | undefined
}

/** One page, latest first. `before` is the id of the last entry of the previous page. */
export async function listAuditRows(
  db: Queries,
  page: { readonly limit: number; readonly before?: string | undefined },
): Promise<AuditLine[]> {
  return readLines(db, page.before === undefined ? sql`` : sql`WHERE a.id < ${page.before}`, page.limit)
}

/** The latest entries about one subject, latest first. */
export async function listAuditRowsOf(db: Queries, subject: string, limit: number): Promise<AuditLine[]> {
  return readLines(db, sql`WHERE a.subject = ${subject}`, limit)
}

async function readLines(db: Queries, where: Sql, limit: number): Promise<AuditLine[]> {
  const rows = await db.all<{
    id: string
    at: number
    operator: string | null
    via: Actor['via']
    action: string
    subject: string | null
    details: string
    email: string | null
  }>(sql`
    SELECT a.id, a.at, a.operator, a.via, a.action, a.subject, a.details, o.email
    FROM audit_log a LEFT JOIN operators o ON o.id = a.operator ${where} ORDER BY a.id DESC LIMIT ${limit}`)
  return rows.map(({ id, at, operator, via, action, subject, details, email }) => ({
    id,
    at: new Date(at),
    by: { operator, via },
    action,
    subject,
    details: JSON.parse(details),
    email: email ?? undefined,
  }))
}
