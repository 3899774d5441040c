import type { RequestHandler, Response } from 'express'
import { mayWith, type Role, type Scope } from '../../operators/roles.ts'
import type { Actor } from '../../platform/actor.ts'

/** Who works at the desk. `id` is null for whoever entered by ADMIN_TOKEN or a link without an operator. */
export interface SignedIn {
  readonly id: string | null
  readonly name: string
  readonly role: Role
}

/** The operator of a request that passed the session check. */
export function signedIn(response: Response): SignedIn {
  return (response.locals.signedIn as SignedIn | undefined) ?? { id: null, name: '', role: 'owner' }
}

export function may(response: Response, scope: Scope): boolean {
  return mayWith(signedIn(response).role, scope)
}

/** Who acts, for verbs and the audit log. */
export function actorOf(response: Response): Actor {
  return { operator: signedIn(response).id, via: 'desk' }
}

/** 403 with a page for operators whose role does not include `scope`. Each route of the desk names one. */
export function requireScope(scope: Scope, refuse: (response: Response) => Promise<void>): RequestHandler {
  return async (_request, response, next) => {
    if (may(response, scope)) return next()
    response.status(403)
    await refuse(response)
  }
}
