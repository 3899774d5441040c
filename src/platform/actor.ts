import type { Queries } from './database/database.ts'

/** Who asked for an action, and by which way. */
export interface Actor {
  /** Id of the operator. Null for the holder of ADMIN_TOKEN and for the command line. */
  readonly operator: string | null
  readonly via: 'desk' | 'api' | 'cli'
}

/** Whoever runs a command. Who may do that has the database in hand. */
export const byCommandLine: Actor = { operator: null, via: 'cli' }

/** What is told in the audit log. `subject` is the id or name of what was changed; never an address. */
export interface AuditEntry {
  /** In the form `issue.pause`. */
  readonly action: string
  readonly subject: string | null
  readonly by: Actor
  /** Further facts, such as a count. No addresses, no secrets. */
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

/** Records an action in the transaction that carries it out. `app` hands it to modules that may not import operators. */
export type RecordAudit = (tx: Queries, entry: AuditEntry) => Promise<void>
