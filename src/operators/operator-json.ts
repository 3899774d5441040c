import type { ApiToken } from './api-tokens.ts'
import type { AuditLine } from './audit.ts'
import type { Operator } from './operators.ts'

/** An operator in the API and the command line. */
export function operatorJson({ id, email, role, language, createdAt, signedInAt }: Operator) {
  return { id, email, role, language, created_at: createdAt.toISOString(), signed_in_at: signedInAt?.toISOString() ?? null }
}

/** A token without the token itself. `last_used_at` is known to the minute. */
export function tokenJson({ id, operator, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiToken) {
  return {
    id,
    operator,
    name,
    scopes,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
  }
}

/** `operator` is null for ADMIN_TOKEN and for the command line. `email` is null where the operator is no longer known. */
export function auditJson({ id, at, by, email, action, subject, details }: AuditLine) {
  return { id, at: at.toISOString(), operator: by.operator, email: email ?? null, via: by.via, action, subject, details }
}
