import type { NextFunction, Response } from 'express'
import type { SessionHolder } from '../../operators/holder.ts'
import { maskAddresses } from '../../operators/mask.ts'
import { mayWith, type Scope } from '../../operators/roles.ts'
import type { Actor } from '../../platform/actor.ts'

/** Who works at the desk. */
export type SignedIn = SessionHolder

/** Before the log-in. Such pages show nothing that a viewer may not see. */
const nobody: SignedIn = { id: null, name: '', role: 'viewer', language: '', sessionId: '', asksAddress: false }

/** The operator of a request that passed the session check. */
export function signedIn(response: Response): SignedIn {
  return (response.locals.signedIn as SignedIn | undefined) ?? nobody
}

export function may(response: Response, scope: Scope): boolean {
  return mayWith(signedIn(response).role, scope)
}

/** Who acts, for verbs and the audit log. */
export function actorOf(response: Response): Actor {
  return { operator: signedIn(response).id, via: 'desk' }
}

/** The text, with a mask in place of each address unless the operator may read readers. */
export function maskedFor(response: Response, text: string): string {
  return may(response, 'readers') ? text : maskAddresses(text)
}

/** Fits routes with any parameters. */
export type ScopeCheck = (request: unknown, response: Response, next: NextFunction) => Promise<void>

/** 403 with a page for operators whose role does not include `scope`. Each route of the desk names one. */
export function requireScope(scope: Scope, refuse: (response: Response) => Promise<void>): ScopeCheck {
  return async (_request, response, next) => {
    if (may(response, scope)) return next()
    response.status(403)
    await refuse(response)
  }
}
