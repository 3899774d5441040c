import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** Stores `value` under `name` unless a value exists. Returns the stored value. */
export async function ensureValue(db: Queries, name: string, value: string): Promise<string> {
  await db.run(sql`INSERT INTO secrets (name, value) VALUES (${name}, ${value}) ON CONFLICT (name) DO NOTHING`)
  const row = await db.get<{ value: string }>(sql`SELECT value FROM secrets WHERE name = ${name}`)
  if (!row) throw new Error(`the secret ${name} cannot be stored or read`)
  return row.value
}

export async function insertLoginLink(db: Queries, hash: string, expiresAt: number): Promise<void> {
  await db.run(sql`INSERT INTO login_links (hash, expires_at) VALUES (${hash}, ${expiresAt})`)
}

export async function deleteExpiredLoginLinks(db: Queries, now: number): Promise<void> {
  await db.run(sql`DELETE FROM login_links WHERE expires_at <= ${now}`)
}

/** Deletes a valid link. Returns false if there is none. */
export async function spendLoginLink(db: Queries, hash: string, now: number): Promise<boolean> {
  return (await db.run(sql`DELETE FROM login_links WHERE hash = ${hash} AND expires_at > ${now}`)) > 0
}
