import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** Stores `value` under `name` unless a value exists. Returns the stored value. */
export async function ensureValue(db: Queries, name: string, value: string): Promise<string> {
  await db.run(sql`INSERT INTO secrets (name, value) VALUES (${name}, ${value}) ON CONFLICT (name) DO NOTHING`)
  const stored = await readValue(db, name)
  if (stored === undefined) throw new Error(`the secret ${name} cannot be stored or read`)
  return stored
}

export async function readValue(db: Queries, name: string): Promise<string | undefined> {
  return (await db.get<{ value: string }>(sql`SELECT value FROM secrets WHERE name = ${name}`))?.value
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

export interface StoredSession {
  readonly hash: string
  /** Keyed hash of the admin token under which the session began. */
  readonly adminToken: string
  readonly createdAt: number
  readonly expiresAt: number
}

export async function insertSession(db: Queries, { hash, adminToken, createdAt, expiresAt }: StoredSession): Promise<void> {
  await db.run(
    sql`INSERT INTO sessions (hash, admin_token, created_at, expires_at) VALUES (${hash}, ${adminToken}, ${createdAt}, ${expiresAt})`,
  )
}

export async function isStoredSession(db: Queries, hash: string, adminToken: string, now: number): Promise<boolean> {
  const row = await db.get(
    sql`SELECT 1 AS found FROM sessions WHERE hash = ${hash} AND admin_token = ${adminToken} AND expires_at > ${now}`,
  )
  return row !== undefined
}

export async function deleteSession(db: Queries, hash: string): Promise<void> {
  await db.run(sql`DELETE FROM sessions WHERE hash = ${hash}`)
}

/** Deletes the sessions of other admin tokens and those that expired. */
export async function deleteEndedSessions(db: Queries, adminToken: string, now: number): Promise<void> {
  await db.run(sql`DELETE FROM sessions WHERE expires_at <= ${now} OR admin_token <> ${adminToken}`)
}

/** Deletes all sessions and unused log-in links. Returns how many sessions there were. */
export async function deleteAllSessions(db: Queries): Promise<number> {
  await db.run(sql`DELETE FROM login_links`)
  return db.run(sql`DELETE FROM sessions`)
}
