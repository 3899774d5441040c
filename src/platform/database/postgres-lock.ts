import pg from 'pg'
import type { Lock } from './database.ts'
import { asAway } from './database-away.ts'
import { lockNumber } from './lock-number.ts'

const connectMs = 15_000

/** Acquires an advisory lock on a connection of its own, because it ends with its session. Undefined if another session holds it. */
export async function acquireLock(url: string, name: string, onError: (error: Error) => void): Promise<Lock | undefined> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `broadsheet ${name}`,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  let isHeld = false
  client.on('error', (error) => {
    // A lock that was not taken yet fails its caller.
    if (isHeld) onError(error)
    isHeld = false
  })
  client.on('end', () => {
    isHeld = false
  })
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS acquired', [lockNumber(name)])
    isHeld = rows[0].acquired
  } catch (error) {
    await client.end().catch(() => undefined)
    throw asAway(error)
  }
  if (!isHeld) {
    await client.end()
    return undefined
  }
  return {
    isHeld: () => isHeld,
    async release() {
      isHeld = false
      await client.end()
    },
  }
}
