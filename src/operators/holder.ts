import type { Role, Scope } from './roles.ts'

/** Who works at the desk. */
export interface SessionHolder {
  /** Id of the operator; null for whoever entered by ADMIN_TOKEN or a link without an operator. */
  readonly id: string | null
  /** The address, or empty without an operator. */
  readonly name: string
  readonly role: Role
  /** BCP 47; empty for that of the desk. */
  readonly language: string
  /** The id of the session, by which it can be ended. */
  readonly sessionId: string
  /** Whether the desk asks for an address: no owner has one yet. */
  readonly asksAddress: boolean
}

/** Who sent a right token. */
export interface TokenHolder {
  /** Id of the operator; null for ADMIN_TOKEN. */
  readonly operator: string | null
  readonly role: Role
  readonly scopes: readonly Scope[]
  /** The id of the token; null for ADMIN_TOKEN. */
  readonly token: string | null
  readonly expiresAt: Date | undefined
}
