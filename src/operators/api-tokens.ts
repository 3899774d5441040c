import type { Actor } from '../platform/actor.ts'
import { newId } from '../platform/ids.ts'
import { tokenPrefix } from './access.ts'
import type { OperatorsContext } from './context.ts'
import { keyedHashOf } from './hashes.ts'
import { lockOperator } from './operator-store.ts'
import { scopes as allScopes, mayWith, type Scope } from './roles.ts'
import { type ApiToken, countTokens, deleteToken, insertToken, listTokenRows, readTokenById } from './token-store.ts'

export type { ApiToken } from './token-store.ts'

/** A person needs a few. The limit stops a loop in a script. */
const maxTokens = 50
const longestName = 100

export interface NewToken {
  /** Id of the operator whose token it is. */
  readonly operator: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly expiresAt?: Date | undefined
}

/** What whoever asks may pass on. A token makes no token that may more, or lives longer, than itself. */
export interface Grant {
  readonly scopes: readonly Scope[]
  readonly expiresAt?: Date | undefined
}

export type Created =
  /** `secret` is the token: it is shown once and stored nowhere. */
  | { readonly status: 'created'; readonly token: ApiToken; readonly secret: string }
  | { readonly status: 'invalid'; readonly field: 'name' | 'scopes' | 'expires_at'; readonly reason: string }
  | { readonly status: 'unknown' }
  | { readonly status: 'too_many'; readonly reason: string }

export async function createToken(context: OperatorsContext, asked: NewToken, grant: Grant, by: Actor): Promise<Created> {
  const { database, clock, random, sessionKey, recordAudit } = context
  const name = asked.name.trim()
  // Control characters would break the lines of the command line's list.
  if (name === '' || name.length > longestName || /\p{C}/u.test(name))
    return { status: 'invalid', field: 'name', reason: `must have 1 to ${longestName} characters` }
  const scopes = allScopes.filter((scope) => asked.scopes.includes(scope))
  if (scopes.length === 0) return { status: 'invalid', field: 'scopes', reason: `must name one or more of ${allScopes.join(', ')}` }
  const { expiresAt } = asked
  const isInvalidTime = expiresAt && !(expiresAt > clock.now())
  if (isInvalidTime) return { status: 'invalid', field: 'expires_at', reason: 'must be in the future' }
  if (grant.expiresAt && !(expiresAt && expiresAt <= grant.expiresAt))
    return {
      status: 'invalid',
      field: 'expires_at',
      reason: `must not be after ${grant.expiresAt.toISOString()}, when the token of this call ends`,
    }
  const secret = tokenPrefix + Buffer.from(random.bytes(32)).toString('base64url')
  return database.transaction(async (tx): Promise<Created> => {
    const operator = await lockOperator(tx, asked.operator)
    if (!operator) return { status: 'unknown' }
    const beyond = scopes.find((scope) => !mayWith(operator.role, scope) || !grant.scopes.includes(scope))
    if (beyond !== undefined) {
      const reason = mayWith(operator.role, beyond) ? `the token of this call lacks ${beyond}` : `the role ${operator.role} lacks ${beyond}`
      return { status: 'invalid', field: 'scopes', reason }
    }
    if ((await countTokens(tx, operator.id)) >= maxTokens)
      return { status: 'too_many', reason: `there are ${maxTokens} tokens already: revoke one first` }
    const id = newId(clock, random)
    const token: ApiToken = { id, operator: operator.id, name, scopes, createdAt: clock.now(), expiresAt, lastUsedAt: undefined }
    await insertToken(tx, keyedHashOf(sessionKey, 'api-token', secret), token)
    await recordAudit(tx, { action: 'token.create', subject: id, by, details: { operator: operator.id, scopes: scopes.join(' ') } })
    return { status: 'created', token, secret }
  })
}

/** Tokens, latest first; without `operator` those of all. */
export function listTokens({ database }: OperatorsContext, operator?: string): Promise<ApiToken[]> {
  return listTokenRows(database, operator)
}

export function findToken({ database }: OperatorsContext, id: string): Promise<ApiToken | undefined> {
  return readTokenById(database, id)
}

/** Ends a token at once. With `of`, only one of this operator. False if there is none. */
export async function revokeToken({ database, recordAudit }: OperatorsContext, id: string, by: Actor, of?: string): Promise<boolean> {
  return database.transaction(async (tx) => {
    const token = await readTokenById(tx, id)
    if (!token || (of !== undefined && token.operator !== of) || !(await deleteToken(tx, id))) return false
    await recordAudit(tx, { action: 'token.revoke', subject: id, by, details: { operator: token.operator } })
    return true
  })
}
