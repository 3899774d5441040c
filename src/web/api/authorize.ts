import type { NextFunction, Request, Response } from 'express'
import { bearerIn } from '../../operators/bearer.ts'
import type { TokenHolder } from '../../operators/holder.ts'
import { maskAddresses } from '../../operators/mask.ts'
import type { Scope } from '../../operators/roles.ts'
import type { TokenGuesses } from '../../operators/token-guesses.ts'
import type { Actor } from '../../platform/actor.ts'
import { sendProblem } from '../../platform/http/problem.ts'

/** Lets a call with ADMIN_TOKEN or an operator's token pass. Others get 401 (RFC 6750 §3), or 429 after too many guesses. */
export async function authorize(guesses: TokenGuesses, request: Request, response: Response, next: NextFunction): Promise<void> {
  const token = bearerIn(request.get('Authorization'))
  const checked = token === undefined ? undefined : await guesses.check(request.ip, token)
  if (checked?.status === 'right') {
    response.locals.tokenHolder = checked.holder
    next()
    return
  }
  if (checked?.status === 'limited') {
    response.set('Retry-After', String(guesses.retryAfter(request.ip)))
    sendProblem(response, { status: 429, title: 'Too many wrong tokens', detail: 'wait 15 minutes before you send another token' })
    return
  }
  response.set('WWW-Authenticate', 'Bearer realm="Broadsheet"')
  const detail =
    token === undefined
      ? 'send the header Authorization: Bearer TOKEN'
      : 'the bearer token is neither the admin token nor a valid token of an operator'
  sendProblem(response, { status: 401, title: 'Not authorized', detail })
}

/** Who sent this call. Only for routes behind `authorize`. */
export function tokenHolderOf(response: Response): TokenHolder {
  const holder = response.locals.tokenHolder as TokenHolder | undefined
  if (!holder) throw new Error('this route is not behind authorize')
  return holder
}

/** Who acts, for verbs and the audit log. */
export function apiActor(response: Response): Actor {
  return { operator: tokenHolderOf(response).operator, via: 'api' }
}

/** Fits routes with any parameters. */
type ScopeCheck = (request: unknown, response: Response, next: NextFunction) => void

/** 403 unless the token has `scope`. Each route of the API names one. */
export function requireScope(scope: Scope): ScopeCheck {
  return (_request, response, next) => {
    if (tokenHolderOf(response).scopes.includes(scope)) return next()
    response.set('WWW-Authenticate', `Bearer realm="Broadsheet", error="insufficient_scope", scope="${scope}"`)
    sendProblem(response, { status: 403, title: 'Not allowed', detail: `this call needs a token with the scope ${scope}` })
  }
}

/** The text, with a mask in place of each address unless the token may read readers. */
export function maskedFor(response: Response, text: string): string {
  return tokenHolderOf(response).scopes.includes('readers') ? text : maskAddresses(text)
}
