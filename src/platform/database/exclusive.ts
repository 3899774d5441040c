import { hasOtherProcesses } from './copy/schemas.ts'
import type { Database, Lock } from './database.ts'
import { restoreLocks } from './restore.ts'

/**
 * Runs `work` while no other process of ours uses a PostgreSQL database. Throws if one does. Call it first on a fresh handle: later, its own
 * connections would count as others.
 */
export async function withPostgresAlone<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  const inUse = () => new Error('a server or another command uses the PostgreSQL database: stop it first')
  if (await hasOtherProcesses(database)) throw inUse()
  const held: Lock[] = []
  try {
    for (const name of restoreLocks) {
      const lock = await database.lock(name)
      if (!lock) throw inUse()
      held.push(lock)
    }
    return await work()
  } finally {
    for (const lock of held) await lock.release()
  }
}
