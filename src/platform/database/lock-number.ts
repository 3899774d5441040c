import { createHash } from 'node:crypto'

/** PostgreSQL advisory locks have numbers. Eight bytes of a hash keep ours apart from those of other programs. */
export function lockNumber(name: string): string {
  return createHash('sha256').update(`broadsheet ${name}`).digest().readBigInt64BE().toString()
}
