import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'
import type { DueCall, OutgoingCall } from './outgoing-call.ts'

export async function storeCall(tx: Queries, call: OutgoingCall, version: string, dueAt: Date): Promise<void> {
  const form = JSON.stringify(call.form)
  await tx.run(sql`
    INSERT INTO calls (key, version, url, form, state, attempts, due_at) VALUES (${call.key}, ${version}, ${call.url}, ${form}, 'owed', 0, ${dueAt.getTime()})
    ON CONFLICT (key) DO UPDATE SET version = excluded.version, url = excluded.url, form = excluded.form, state = 'owed', attempts = 0,
      due_at = excluded.due_at, reason = NULL`)
}

export async function readDueCalls(db: Queries, now: Date, limit: number): Promise<DueCall[]> {
  const rows = await db.all<{ key: string; version: string; url: string; form: string; attempts: number }>(sql`
    SELECT key, version, url, form, attempts FROM calls WHERE state = 'owed' AND due_at <= ${now.getTime()} ORDER BY due_at LIMIT ${limit}`)
  return rows.map(({ form, ...row }) => ({ ...row, form: JSON.parse(form) }))
}

export async function nextCallDueAt(db: Queries): Promise<Date | undefined> {
  const row = await db.get<{ due_at: number | null }>(sql`SELECT min(due_at) AS due_at FROM calls WHERE state = 'owed'`)
  return row?.due_at == null ? undefined : new Date(row.due_at)
}

/** Deletes an answered call, unless a newer version has replaced it. */
export async function removeCall(db: Queries, { key, version }: DueCall): Promise<void> {
  await db.run(sql`DELETE FROM calls WHERE key = ${key} AND version = ${version}`)
}

/** Postpones a failed call to `dueAt`; undefined marks it as failed for good. */
export async function putCallOff(db: Queries, { key, version, attempts }: DueCall, reason: string, dueAt: Date | undefined): Promise<void> {
  await db.run(sql`
    UPDATE calls SET attempts = ${attempts + 1}, reason = ${reason}, state = ${dueAt ? 'owed' : 'failed'},
      due_at = ${dueAt ? dueAt.getTime() : sql`due_at`} WHERE key = ${key} AND version = ${version}`)
}
