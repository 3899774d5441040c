import { createHash } from 'node:crypto'

/** PostgreSQL numbers its advisory locks: eight bytes of a hash keep ours apart from other programs'. */
export function lockNumber(name: string): string {
  return createHash('sha256').update(`broadsheet ${name}`).digest().readBigInt64BE().toString()
}
