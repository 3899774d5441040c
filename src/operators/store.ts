import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { Role } from './roles.ts'

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

/** How a session began: by ADMIN_TOKEN, or by a link that was printed at the start or by a command, or mailed. Empty in earlier versions. */
export type Origin = 'token' | 'start' | 'command' | 'mail' | ''

export interface LoginLink {
  readonly hash: string
  /** Null for a link that opens the desk for the holder of ADMIN_TOKEN. */
  readonly operator: string | null
  readonly origin: Origin
  readonly expiresAt: number
}

export async function insertLoginLink(db: Queries, { hash, operator, origin, expiresAt }: LoginLink): Promise<void> {
  await db.run(sql`
    INSERT INTO login_links (hash, operator, origin, expires_at) VALUES (${hash}, ${operator}, ${origin}, ${expiresAt})`)
}

export async function deleteExpiredLoginLinks(db: Queries, now: number): Promise<void> {
  await db.run(sql`DELETE FROM login_links WHERE expires_at <= ${now}`)
}

/** Deletes a valid link. Undefined if there is none. */
export async function spendLoginLink(
  tx: Queries,
  hash: string,
  now: number,
): Promise<{ operator: string | null; origin: Origin } | undefined> {
  return tx.get(sql`DELETE FROM login_links WHERE hash = ${hash} AND expires_at > ${now} RETURNING operator, origin`)
}

export interface NewSession {
  readonly hash: string
  readonly operator: string | null
  readonly origin: Origin
  /** Keyed hash of the admin token under which the session began. */
  readonly adminToken: string
  readonly createdAt: number
  readonly expiresAt: number
}

export async function insertSession(tx: Queries, session: NewSession): Promise<void> {
  const { hash, operator, origin, adminToken, createdAt, expiresAt } = session
  await tx.run(sql`
    INSERT INTO sessions (hash, operator, origin, admin_token, created_at, expires_at, last_seen_at)
    VALUES (${hash}, ${operator}, ${origin}, ${adminToken}, ${createdAt}, ${expiresAt}, ${createdAt})`)
}

export interface ReadSession {
  readonly operator: string | null
  readonly email: string | null
  readonly role: Role | null
  readonly language: string | null
  readonly last_seen_at: number | null
  /** 1 where no owner has an address yet, and this session was not asked for one. */
  readonly asks_address: number
}

/** A valid session with its operator. Undefined if it has ended, or its operator was removed. */
export async function readSession(db: Queries, hash: string, adminToken: string, now: number): Promise<ReadSession | undefined> {
  return db.get<ReadSession>(sql`
    SELECT s.operator, o.email, o.role, o.language, s.last_seen_at,
      CASE WHEN s.operator IS NULL AND s.address_asked_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM operators WHERE role = 'owner' AND removed_at IS NULL) THEN 1 ELSE 0 END AS asks_address
    FROM sessions s LEFT JOIN operators o ON o.id = s.operator AND o.removed_at IS NULL
    WHERE s.hash = ${hash} AND s.admin_token = ${adminToken} AND s.expires_at > ${now} AND (s.operator IS NULL OR o.id IS NOT NULL)`)
}

/** Which of these sessions are valid: not ended, and their operator not removed. */
export async function listValidSessions(db: Queries, hashes: readonly string[], adminToken: string, now: number): Promise<string[]> {
  if (hashes.length === 0) return []
  const rows = await db.all<{ hash: string }>(sql`
    SELECT s.hash FROM sessions s LEFT JOIN operators o ON o.id = s.operator AND o.removed_at IS NULL
    WHERE s.hash IN (${joinSql(hashes)}) AND s.admin_token = ${adminToken} AND s.expires_at > ${now} AND (s.operator IS NULL OR o.id IS NOT NULL)`)
  return rows.map(({ hash }) => hash)
}

export async function markSeen(db: Queries, hash: string, now: number): Promise<void> {
  await db.run(sql`UPDATE sessions SET last_seen_at = ${now} WHERE hash = ${hash}`)
}

/** The session does not ask for an address again. */
export async function markAddressAsked(db: Queries, hash: string, now: number): Promise<void> {
  await db.run(sql`UPDATE sessions SET address_asked_at = ${now} WHERE hash = ${hash}`)
}

/** Gives a session without an operator its operator. False if it has one, or has ended. */
export async function attachSession(tx: Queries, hash: string, operator: string): Promise<boolean> {
  return (await tx.run(sql`UPDATE sessions SET operator = ${operator} WHERE hash = ${hash} AND operator IS NULL`)) > 0
}

export interface StoredSession {
  /** The keyed hash: it forges nothing. */
  readonly id: string
  readonly operator: string | null
  readonly origin: Origin
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastSeenAt: Date | undefined
}

/** Sessions that have not expired, latest first. With `operator`, only those. */
export async function listSessionRows(db: Queries, now: number, limit: number, operator?: string | null): Promise<StoredSession[]> {
  const of = operator === undefined ? sql`` : operator === null ? sql`AND operator IS NULL` : sql`AND operator = ${operator}`
  const rows = await db.all<{
    hash: string
    operator: string | null
    origin: Origin
    created_at: number
    expires_at: number
    last_seen_at: number | null
  }>(sql`
    SELECT hash, operator, origin, created_at, expires_at, last_seen_at FROM sessions WHERE expires_at > ${now} ${of}
    ORDER BY created_at DESC, hash LIMIT ${limit}`)
  return rows.map((row) => ({
    id: row.hash,
    operator: row.operator,
    origin: row.origin,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    lastSeenAt: row.last_seen_at === null ? undefined : new Date(row.last_seen_at),
  }))
}

/** Whose session was deleted; undefined if there is none. With `of`, only one of this operator is. */
export async function deleteSession(
  tx: Queries,
  hash: string,
  of?: { readonly operator: string | null },
): Promise<{ operator: string | null } | undefined> {
  const theirs = !of ? sql`` : of.operator === null ? sql`AND operator IS NULL` : sql`AND operator = ${of.operator}`
  return tx.get(sql`DELETE FROM sessions WHERE hash = ${hash} ${theirs} RETURNING operator`)
}

/** Deletes the sessions of other admin tokens and those that expired. */
export async function deleteEndedSessions(tx: Queries, adminToken: string, now: number): Promise<void> {
  await tx.run(sql`DELETE FROM sessions WHERE expires_at <= ${now} OR admin_token <> ${adminToken}`)
}

/** Deletes all sessions and unused log-in links, or those of one operator. Returns how many sessions there were. */
export async function deleteAllSessions(tx: Queries, operator?: string): Promise<number> {
  const of = operator === undefined ? sql`` : sql`WHERE operator = ${operator}`
  await tx.run(sql`DELETE FROM login_links ${of}`)
  return tx.run(sql`DELETE FROM sessions ${of}`)
}
