import type { Queries } from '../platform/database/database.ts'
import { joinSql, type Sql, sql } from '../platform/database/sql.ts'
import type { Role } from './roles.ts'

/** A person who uses the desk. */
export interface Operator {
  readonly id: string
  readonly email: string
  /** The normalised address, for comparison. */
  readonly addressKey: string
  readonly role: Role
  /** BCP 47; empty for that of the desk. */
  readonly language: string
  readonly createdAt: Date
  /** The latest log-in. */
  readonly signedInAt: Date | undefined
}

interface OperatorRow {
  id: string
  email: string
  address_key: string
  role: Role
  language: string
  created_at: number
  signed_in_at: number | null
}

/** False if another operator has this address. */
export async function insertOperator(tx: Queries, { id, email, addressKey, role, language, createdAt }: Operator): Promise<boolean> {
  const inserted = await tx.run(sql`
    INSERT INTO operators (id, email, address_key, role, language, created_at)
    VALUES (${id}, ${email}, ${addressKey}, ${role}, ${language}, ${createdAt.getTime()})
    ON CONFLICT (address_key) WHERE removed_at IS NULL DO NOTHING`)
  return inserted > 0
}

export async function listOperatorRows(db: Queries): Promise<Operator[]> {
  const rows = await db.all<OperatorRow>(sql`SELECT * FROM operators WHERE removed_at IS NULL ORDER BY address_key`)
  return rows.map(toOperator)
}

export async function readOperator(db: Queries, id: string): Promise<Operator | undefined> {
  return readWhere(db, sql`id = ${id}`)
}

export async function readOperatorByKey(db: Queries, addressKey: string): Promise<Operator | undefined> {
  return readWhere(db, sql`address_key = ${addressKey}`)
}

/** Reads an operator and locks the row until the transaction ends. */
export async function lockOperator(tx: Queries, id: string): Promise<Operator | undefined> {
  return readWhere(tx, sql`id = ${id}`, forUpdate(tx))
}

/** Ids of all owners. Locks their rows, so that two owners who demote each other at once wait for one another. */
export async function lockOwners(tx: Queries): Promise<Set<string>> {
  const rows = await tx.all<{ id: string }>(
    sql`SELECT id FROM operators WHERE role = 'owner' AND removed_at IS NULL ORDER BY id ${forUpdate(tx)}`,
  )
  return new Set(rows.map(({ id }) => id))
}

export async function writeRole(tx: Queries, id: string, role: Role): Promise<void> {
  await tx.run(sql`UPDATE operators SET role = ${role} WHERE id = ${id}`)
}

export async function writeLanguage(tx: Queries, id: string, language: string): Promise<void> {
  await tx.run(sql`UPDATE operators SET language = ${language} WHERE id = ${id}`)
}

export async function markSignedIn(tx: Queries, id: string, now: number): Promise<void> {
  await tx.run(sql`UPDATE operators SET signed_in_at = ${now} WHERE id = ${id}`)
}

/** Ends everything by which the operator could enter. The row stays, because the audit log names it. */
export async function markRemoved(tx: Queries, id: string, now: Date): Promise<void> {
  await tx.run(sql`UPDATE operators SET removed_at = ${now.getTime()} WHERE id = ${id}`)
  for (const table of [sql`sessions`, sql`login_links`, sql`api_tokens`, sql`login_mails`])
    await tx.run(sql`DELETE FROM ${table} WHERE operator = ${id}`)
}

export async function deleteRemovedBefore(db: Queries, before: Date): Promise<void> {
  await db.run(sql`DELETE FROM operators WHERE removed_at IS NOT NULL AND removed_at < ${before.getTime()}`)
}

/** Addresses by id, of removed operators too. */
export async function readNames(db: Queries, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.all<{ id: string; email: string }>(sql`SELECT id, email FROM operators WHERE id IN (${joinSql(ids)})`)
  return new Map(rows.map(({ id, email }) => [id, email]))
}

/** Counts the log-in mails to an operator between two instants. */
export async function countLoginMails(tx: Queries, operator: string, from: number, to: number): Promise<number> {
  const row = await tx.get<{ n: number }>(
    sql`SELECT count(*) AS n FROM login_mails WHERE operator = ${operator} AND sent_at > ${from} AND sent_at < ${to}`,
  )
  return row?.n ?? 0
}

/** Stores when a log-in mail was sent, and deletes those up to `before`. */
export async function noteLoginMail(tx: Queries, operator: string, now: number, before: number): Promise<void> {
  await tx.run(sql`DELETE FROM login_mails WHERE operator = ${operator} AND sent_at <= ${before}`)
  await tx.run(sql`INSERT INTO login_mails (operator, sent_at) VALUES (${operator}, ${now})`)
}

async function readWhere(db: Queries, where: Sql, lock: Sql = sql``): Promise<Operator | undefined> {
  const row = await db.get<OperatorRow>(sql`SELECT * FROM operators WHERE removed_at IS NULL AND ${where} ${lock}`)
  return row && toOperator(row)
}

function forUpdate(tx: Queries): Sql {
  return tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``
}

function toOperator(row: OperatorRow): Operator {
  return {
    id: row.id,
    email: row.email,
    addressKey: row.address_key,
    role: row.role,
    language: row.language,
    createdAt: new Date(row.created_at),
    signedInAt: row.signed_in_at === null ? undefined : new Date(row.signed_in_at),
  }
}
