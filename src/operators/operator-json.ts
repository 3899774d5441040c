import { z } from 'zod'
import { instant, type Json } from '../platform/json-shape.ts'
import type { ApiToken } from './api-tokens.ts'
import type { AuditLine } from './audit.ts'
import type { Operator } from './operators.ts'
import { roles, scopes } from './roles.ts'

export const operatorShape = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(roles),
  language: z.string().describe('A language tag; empty: that of the publication'),
  created_at: instant,
  signed_in_at: instant.nullable(),
})

export const tokenShape = z.object({
  id: z.string(),
  operator: z.string().describe('The id of the operator'),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().describe('Known to the minute'),
})

export const auditShape = z.object({
  id: z.string(),
  at: instant,
  operator: z.string().nullable().describe('Null for ADMIN_TOKEN and the command line'),
  email: z.string().nullable().describe('Null where the operator is no longer known'),
  via: z.string(),
  action: z.string().describe('In the form issue.pause'),
  subject: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

/** An operator in the API and the command line. */
export function operatorJson({ id, email, role, language, createdAt, signedInAt }: Operator): Json<typeof operatorShape> {
  return { id, email, role, language, created_at: createdAt.toISOString(), signed_in_at: signedInAt?.toISOString() ?? null }
}

/** A token without the token itself. `last_used_at` is known to the minute. */
export function tokenJson({ id, operator, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiToken): Json<typeof tokenShape> {
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
export function auditJson({ id, at, by, email, action, subject, details }: AuditLine): Json<typeof auditShape> {
  return { id, at: at.toISOString(), operator: by.operator, email: email ?? null, via: by.via, action, subject, details }
}
