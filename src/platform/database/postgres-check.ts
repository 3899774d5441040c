import { randomInt } from 'node:crypto'
import pg from 'pg'
import type { Clock } from '../clock.ts'
import { asAway } from './database-away.ts'
import type { PostgresAddress } from './postgres.ts'

/** The oldest version that the tests run on. */
const oldestMajor = 15
/** A pooler may give the same connection a few times in a row. */
const times = 10
const connectMs = 15_000
/** Leases of several processes are compared by their own clocks, and last 30 seconds. */
const maxClockDifferenceMs = 5_000

/**
 * Checks once, at a start, what later could only be seen as mail that is sent twice. Throws an Error whose message is for the operator
 * where the server is too old, or where sessions are shared: a pooler in transaction mode. Returns warnings.
 */
export async function checkPostgres(address: PostgresAddress, clock: Pick<Clock, 'now'>): Promise<readonly string[]> {
  const session = await openSession(address.directUrl ?? address.url, clock)
  const fault = faultOf(session, address.directUrl !== undefined)
  if (fault !== undefined) throw new Error(fault)
  const seconds = Math.round(Math.abs(session.clockDifferenceMs) / 1_000)
  const direction = session.clockDifferenceMs > 0 ? 'ahead of' : 'behind'
  return seconds * 1_000 > maxClockDifferenceMs
    ? [
        `the clock of this machine is ${seconds} seconds ${direction} that of PostgreSQL: set it, or processes take deliveries from one another`,
      ]
    : []
}

/** Why the server cannot be used, as a sentence that begins with the setting. */
export function faultOf({ version, major, isOwn }: Pick<Session, 'version' | 'major' | 'isOwn'>, isDirect: boolean): string | undefined {
  const setting = isDirect ? 'DATABASE_DIRECT_URL' : 'DATABASE_URL'
  if (major < oldestMajor) return `${setting}: PostgreSQL ${version} is too old: use version ${oldestMajor} or newer`
  if (isOwn) return undefined
  const advice = isDirect ? '' : '. Connect directly, or set DATABASE_DIRECT_URL for the locks'
  return `${setting}: leads to a pooler in transaction mode, where locks do not last${advice}`
}

interface Session {
  /** Whether each connection has a server process for itself, as far as can be seen. */
  readonly isOwn: boolean
  readonly version: string
  readonly major: number
  readonly clockDifferenceMs: number
}

/**
 * Asks for the server process of one connection while another holds a transaction open. A pooler in transaction mode either hands out the
 * same process for both, or another process for the first.
 */
async function openSession(url: string, clock: Pick<Clock, 'now'>): Promise<Session> {
  const settings = { connectionString: url, application_name: 'broadsheet check', connectionTimeoutMillis: connectMs }
  const [first, second] = [new pg.Client(settings), new pg.Client(settings)]
  for (const client of [first, second]) client.on('error', () => {})
  try {
    await Promise.all([first.connect(), second.connect()])
    const askedAt = clock.now().getTime()
    const { rows } = await first.query(`
      SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
        extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`)
    const { version, major, now } = rows[0]
    const clockDifferenceMs = (askedAt + clock.now().getTime()) / 2 - now
    return { isOwn: await keepsProcess(first, second), version, major, clockDifferenceMs }
  } catch (error) {
    throw asAway(error)
  } finally {
    await Promise.all([first, second].map((client) => client.end().catch(() => undefined)))
  }
}

async function keepsProcess(first: pg.Client, second: pg.Client): Promise<boolean> {
  const lock = randomInt(2 ** 47)
  await first.query('SELECT pg_try_advisory_lock($1)', [lock])
  let own: number | undefined
  for (let count = 0; count < times; count++) {
    const pid = await processOf(first)
    own ??= pid
    if (pid !== own) return false
    await second.query('BEGIN')
    // Not asked of the first meanwhile: a pooler with one process would wait for ever.
    const other = await processOf(second)
    await second.query('COMMIT')
    if (other === own) return false
  }
  // False where another session took it.
  const { rows } = await first.query('SELECT pg_advisory_unlock($1) AS released', [lock])
  return rows[0].released
}

async function processOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  return rows[0].pid
}
