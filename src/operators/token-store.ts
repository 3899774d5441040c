import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'
import { type Role, type Scope, scopes } from './roles.ts'

/** An API token of an operator. The token itself is stored nowhere. */
export interface ApiToken {
  readonly id: string
  readonly operator: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  /** To the minute. */
  readonly lastUsedAt: Date | undefined
}

interface TokenRow {
  id: string
  operator: string
  name: string
  scopes: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

export async function insertToken(tx: Queries, hash: string, token: ApiToken): Promise<void> {
  const { id, operator, name, createdAt, expiresAt } = token
  await tx.run(sql`
    INSERT INTO api_tokens (id, hash, operator, name, scopes, created_at, expires_at)
    VALUES (${id}, ${hash}, ${operator}, ${name}, ${token.scopes.join(' ')}, ${createdAt.getTime()}, ${expiresAt?.getTime() ?? null})`)
}

/** A valid token with the present role of its operator. */
export async function readToken(db: Queries, hash: string, now: number): Promise<(ApiToken & { readonly role: Role }) | undefined> {
  const row = await db.get<TokenRow & { role: Role }>(sql`
    SELECT t.*, o.role FROM api_tokens t JOIN operators o ON o.id = t.operator
    WHERE t.hash = ${hash} AND o.removed_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ${now})`)
  return row && { ...toToken(row), role: row.role }
}

export async function readTokenById(db: Queries, id: string): Promise<ApiToken | undefined> {
  const row = await db.get<TokenRow>(sql`SELECT * FROM api_tokens WHERE id = ${id}`)
  return row && toToken(row)
}

/** Latest first. Without `operator`: of all. */
export async function listTokenRows(db: Queries, operator: string | undefined): Promise<ApiToken[]> {
  const of = operator === undefined ? sql`` : sql`WHERE operator = ${operator}`
  return (await db.all<TokenRow>(sql`SELECT * FROM api_tokens ${of} ORDER BY created_at DESC, id DESC`)).map(toToken)
}

export async function countTokens(db: Queries, operator: string): Promise<number> {
  return (await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM api_tokens WHERE operator = ${operator}`))?.n ?? 0
}

export async function deleteToken(tx: Queries, id: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM api_tokens WHERE id = ${id}`)) > 0
}

export async function deleteTokensExpiredBefore(db: Queries, before: Date): Promise<void> {
  await db.run(sql`DELETE FROM api_tokens WHERE expires_at < ${before.getTime()}`)
}

export async function markUsed(db: Queries, id: string, now: number): Promise<void> {
  await db.run(sql`UPDATE api_tokens SET last_used_at = ${now} WHERE id = ${id}`)
}

function toToken(row: TokenRow): ApiToken {
  const given = row.scopes.split(' ')
  return {
    id: row.id,
    operator: row.operator,
    name: row.name,
    scopes: scopes.filter((scope) => given.includes(scope)),
    createdAt: new Date(row.created_at),
    expiresAt: row.expires_at === null ? undefined : new Date(row.expires_at),
    lastUsedAt: row.last_used_at === null ? undefined : new Date(row.last_used_at),
  }
}
