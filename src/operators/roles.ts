/** Roles of operators, from the least to the most. */
export const roles = ['viewer', 'editor', 'owner'] as const
export type Role = (typeof roles)[number]

/** What a route asks for, and what an API token may be limited to. */
export const scopes = ['read', 'readers', 'send', 'admin'] as const
export type Scope = (typeof scopes)[number]

export const scopesOf: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: ['read'],
  editor: ['read', 'readers', 'send'],
  owner: ['read', 'readers', 'send', 'admin'],
}

export function mayWith(role: Role, scope: Scope): boolean {
  return scopesOf[role].includes(scope)
}
