import type { Actor } from '../platform/actor.ts'
import type { Queries } from '../platform/database/database.ts'
import { parseAddress } from '../platform/email-address.ts'
import { newId } from '../platform/ids.ts'
import type { OperatorsContext } from './context.ts'
import { enqueueLoginMail, invitationEdition } from './login-mail.ts'
import {
  insertOperator,
  listOperatorRows,
  lockOperator,
  lockOwners,
  markRemoved,
  type Operator,
  readNames,
  readOperator,
  readOperatorByKey,
  writeLanguage,
  writeRole,
} from './operator-store.ts'
import type { Role } from './roles.ts'
import { attachSession } from './store.ts'

export type { Operator } from './operator-store.ts'

export type Invited =
  | { readonly status: 'invited'; readonly operator: Operator }
  | { readonly status: 'invalid'; readonly field: 'email' | 'language'; readonly reason: string }
  | { readonly status: 'exists'; readonly operator: Operator }
  | Refused

export interface Refused {
  readonly status: 'refused'
  readonly why: 'last_owner' | 'not_owner'
}

export type Changed = { readonly status: 'changed'; readonly operator: Operator } | { readonly status: 'unknown' } | Refused

/** Sentences for what is refused, for API and command line. */
export const refusals: Readonly<Record<Refused['why'], string>> = {
  last_owner: 'this is the last owner: make somebody else an owner first',
  not_owner: 'only an owner may do this',
}

export const invalidAddress = 'is not an email address that mail can be sent to'
export const invalidLanguage = 'must be a language tag such as en or pt-BR'

/** All operators, by address. */
export function listOperators({ database }: OperatorsContext): Promise<Operator[]> {
  return listOperatorRows(database)
}

export function findOperator({ database }: OperatorsContext, id: string): Promise<Operator | undefined> {
  return readOperator(database, id)
}

export async function findOperatorByAddress({ database }: OperatorsContext, email: string): Promise<Operator | undefined> {
  const address = parseAddress(email)
  return address && readOperatorByKey(database, address.key)
}

/** Addresses of operators by id, also of those who were removed a short time ago. */
export function operatorNames({ database }: OperatorsContext, ids: Iterable<string | null>): Promise<Map<string, string>> {
  return readNames(
    database,
    [...new Set(ids)].filter((id) => id !== null),
  )
}

/** Adds an operator, and mails how to log in. */
export async function inviteOperator(
  context: OperatorsContext,
  invitation: { readonly email: string; readonly role: Role; readonly language?: string | undefined },
  by: Actor,
): Promise<Invited> {
  const { database, clock, random } = context
  const address = parseAddress(invitation.email)
  if (!address) return { status: 'invalid', field: 'email', reason: invalidAddress }
  const language = languageIn(invitation.language ?? '')
  if (language === undefined) return { status: 'invalid', field: 'language', reason: invalidLanguage }
  const { role } = invitation
  const operator = operatorWith(context, address, role, language)
  // Rendered before the transaction, to keep it short.
  const edition = await invitationEdition(context, operator)
  const invited = await database.transaction(async (tx): Promise<Invited> => {
    if (!(await isOwner(tx, by))) return { status: 'refused', why: 'not_owner' }
    if (!(await insertOperator(tx, operator))) {
      const existing = await readOperatorByKey(tx, address.key)
      if (existing) return { status: 'exists', operator: existing }
      throw new Error('the operator can neither be added nor read')
    }
    await context.recordAudit(tx, { action: 'operator.invite', subject: operator.id, by, details: { role } })
    await enqueueLoginMail(tx, { id: newId(clock, random), edition, operator, placeholders: {} }, clock.now())
    return { status: 'invited', operator }
  })
  if (invited.status === 'invited') context.triggerSender()
  return invited
}

/** Changes the role. It applies to running sessions and to API tokens at once. */
export async function changeRole({ database, recordAudit }: OperatorsContext, id: string, role: Role, by: Actor): Promise<Changed> {
  return database.transaction(async (tx): Promise<Changed> => {
    const owners = await lockOwners(tx)
    if (by.operator !== null && !owners.has(by.operator)) return { status: 'refused', why: 'not_owner' }
    const operator = await lockOperator(tx, id)
    if (!operator) return { status: 'unknown' }
    if (operator.role === role) return { status: 'changed', operator }
    if (operator.role === 'owner' && owners.size === 1) return { status: 'refused', why: 'last_owner' }
    await writeRole(tx, id, role)
    await recordAudit(tx, { action: 'operator.role', subject: id, by, details: { from: operator.role, to: role } })
    return { status: 'changed', operator: { ...operator, role } }
  })
}

/** Changes the language of an operator's desk and mail. Operators may change their own. */
export async function changeLanguage(
  { database, recordAudit }: OperatorsContext,
  id: string,
  language: string,
  by: Actor,
): Promise<Changed | { readonly status: 'invalid'; readonly reason: string }> {
  const tag = languageIn(language)
  if (tag === undefined) return { status: 'invalid', reason: invalidLanguage }
  return database.transaction(async (tx): Promise<Changed> => {
    if (by.operator !== id && !(await isOwner(tx, by))) return { status: 'refused', why: 'not_owner' }
    const operator = await lockOperator(tx, id)
    if (!operator) return { status: 'unknown' }
    await writeLanguage(tx, id, tag)
    await recordAudit(tx, { action: 'operator.language', subject: id, by, details: { language: tag } })
    return { status: 'changed', operator: { ...operator, language: tag } }
  })
}

/**
 * Changes role and language at once; absent values stay. Only an owner may. `stale` if `isAsShown` does not hold of the operator, and then
 * nothing is changed.
 */
export async function changeOperator(
  { database, recordAudit }: OperatorsContext,
  id: string,
  change: { readonly role?: Role | undefined; readonly language?: string | undefined },
  by: Actor,
  isAsShown: (operator: Operator) => boolean,
): Promise<Changed | { readonly status: 'invalid'; readonly reason: string } | { readonly status: 'stale' }> {
  const { role } = change
  const language = change.language === undefined ? undefined : languageIn(change.language)
  if (change.language !== undefined && language === undefined) return { status: 'invalid', reason: invalidLanguage }
  return database.transaction(async (tx): Promise<Changed | { readonly status: 'stale' }> => {
    const owners = await lockOwners(tx)
    if (by.operator !== null && !owners.has(by.operator)) return { status: 'refused', why: 'not_owner' }
    const operator = await lockOperator(tx, id)
    if (!operator) return { status: 'unknown' }
    if (!isAsShown(operator)) return { status: 'stale' }
    const isNewRole = role !== undefined && role !== operator.role
    if (isNewRole && operator.role === 'owner' && owners.size === 1) return { status: 'refused', why: 'last_owner' }
    if (isNewRole) {
      await writeRole(tx, id, role)
      await recordAudit(tx, { action: 'operator.role', subject: id, by, details: { from: operator.role, to: role } })
    }
    if (language !== undefined) {
      await writeLanguage(tx, id, language)
      await recordAudit(tx, { action: 'operator.language', subject: id, by, details: { language } })
    }
    return { status: 'changed', operator: { ...operator, role: role ?? operator.role, language: language ?? operator.language } }
  })
}

/** Removes an operator: sessions, log-in links and API tokens end at once. */
export async function removeOperator({ database, clock, recordAudit }: OperatorsContext, id: string, by: Actor): Promise<Changed> {
  return database.transaction(async (tx): Promise<Changed> => {
    const owners = await lockOwners(tx)
    if (by.operator !== null && !owners.has(by.operator)) return { status: 'refused', why: 'not_owner' }
    const operator = await lockOperator(tx, id)
    if (!operator) return { status: 'unknown' }
    if (operator.role === 'owner' && owners.size === 1) return { status: 'refused', why: 'last_owner' }
    await markRemoved(tx, id, clock.now())
    await recordAudit(tx, { action: 'operator.remove', subject: id, by, details: { role: operator.role } })
    return { status: 'changed', operator }
  })
}

export type Claimed =
  | { readonly status: 'claimed'; readonly operator: Operator }
  | { readonly status: 'invalid'; readonly reason: string }
  /** The address is of an operator who is no owner, or the session has an operator already. */
  | { readonly status: 'refused' }

/**
 * Whoever entered by ADMIN_TOKEN, or by a link without an operator, says the own address and becomes an owner with that address.
 * `session` is the id of the session.
 */
export async function claimAddress(context: OperatorsContext, session: string, email: string): Promise<Claimed> {
  const address = parseAddress(email)
  if (!address) return { status: 'invalid', reason: invalidAddress }
  const owner = operatorWith(context, address, 'owner', '')
  return context.database.transaction(async (tx): Promise<Claimed> => {
    const known = await readOperatorByKey(tx, address.key)
    const operator = known ?? owner
    if (operator.role !== 'owner' || !(await attachSession(tx, session, operator.id))) return { status: 'refused' }
    if (!known && !(await insertOperator(tx, owner))) throw new Error('another session has just said this address: try again')
    const by = { operator: operator.id, via: 'desk' } as const
    await context.recordAudit(tx, { action: 'operator.address', subject: operator.id, by, details: { role: 'owner' } })
    return { status: 'claimed', operator }
  })
}

function operatorWith(
  { clock, random }: OperatorsContext,
  address: { readonly email: string; readonly key: string },
  role: Role,
  language: string,
): Operator {
  const id = newId(clock, random)
  return { id, email: address.email, addressKey: address.key, role, language, createdAt: clock.now(), signedInAt: undefined }
}

/** In the transaction: the role may have changed since the request began. */
async function isOwner(tx: Queries, { operator }: Actor): Promise<boolean> {
  return operator === null || (await readOperator(tx, operator))?.role === 'owner'
}

/** The canonical form of a language tag (BCP 47); undefined if it is none. Empty stays empty. */
function languageIn(text: string): string | undefined {
  if (text === '') return ''
  if (text.length > 35) return undefined
  try {
    return Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}
