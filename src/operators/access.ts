import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { Random } from '../platform/random.ts'
import type { Tokens } from '../platform/tokens.ts'
import { deleteExpiredLoginLinks, ensureValue, insertLoginLink, spendLoginLink } from './store.ts'

/** Long enough to copy a link from a terminal, short enough that a link found later no longer works. */
const loginMinutes = 15
const sessionDays = 30

/** The key of all tokens. The first process creates it; all processes on the database share it. */
export async function ensureSecret(database: Database, random: Random): Promise<string> {
  return ensureValue(database, 'secret', Buffer.from(random.bytes(32)).toString('base64url'))
}

/**
 * The operator's API token: `given` (ADMIN_TOKEN), or one that is generated once. `fresh` is set only in the run that
 * generates the token, because the database stores only its hash.
 */
export async function ensureAdminToken(
  database: Database,
  random: Random,
  given: string | undefined,
): Promise<{ hash: string; fresh: string | undefined }> {
  if (given !== undefined) return { hash: hashOf(given), fresh: undefined }
  const made = Buffer.from(random.bytes(24)).toString('base64url')
  const hash = await ensureValue(database, 'admin_token_hash', hashOf(made))
  return { hash, fresh: hash === hashOf(made) ? made : undefined }
}

/** Log-in links, sessions and the API token of the operator. */
export interface Access {
  isAdminToken(token: string): boolean
  /** Creates a log-in link that works once, for 15 minutes. Returns its random part. */
  makeLogin(): Promise<string>
  /** Spends a log-in link. Returns the session cookie and its lifetime; undefined if the link is invalid. */
  spendLogin(token: string): Promise<{ session: string; maxAgeMs: number } | undefined>
  isSession(session: string): boolean
}

export function openAccess(context: {
  database: Database
  tokens: Tokens
  clock: Clock
  random: Random
  /** If undefined, no token is accepted. */
  adminTokenHash: string | undefined
}): Access {
  const { database, tokens, clock, random } = context
  return {
    isAdminToken(token) {
      const { adminTokenHash } = context
      return adminTokenHash !== undefined && timingSafeEqual(Buffer.from(hashOf(token)), Buffer.from(adminTokenHash))
    },
    async makeLogin() {
      const token = Buffer.from(random.bytes(24)).toString('base64url')
      const now = clock.now().getTime()
      await deleteExpiredLoginLinks(database, now)
      await insertLoginLink(database, hashOf(token), now + loginMinutes * 60_000)
      return token
    },
    async spendLogin(token) {
      const now = clock.now().getTime()
      if (!(await spendLoginLink(database, hashOf(token), now))) return undefined
      const until = now + sessionDays * 86_400_000
      return {
        session: `${until}.${tokens.make('admin-session', newId(clock, random), String(until))}`,
        maxAgeMs: sessionDays * 86_400_000,
      }
    },
    isSession(session) {
      const [until = '', token = ''] = session.split('.', 2)
      return /^\d{1,15}$/.test(until) && Number(until) > clock.now().getTime() && tokens.verify(token, 'admin-session', until) !== undefined
    },
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
