import type { Role, Scope } from './roles.ts'

/** Who works at the desk. `id` is null for whoever entered by ADMIN_TOKEN or a link without an operator. */
export interface SessionHolder {
  readonly id: string | null
  readonly name: string
  readonly role: Role
}

/** Who sent a right token. */
export interface TokenHolder {
  /** Id of the operator; null for ADMIN_TOKEN. */
  readonly operator: string | null
  readonly role: Role
  readonly scopes: readonly Scope[]
}
