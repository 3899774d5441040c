import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Random } from '../platform/random.ts'
import type { SessionHolder, TokenHolder } from './holder.ts'
import {
  deleteAllSessions,
  deleteEndedSessions,
  deleteExpiredLoginLinks,
  deleteSession,
  ensureValue,
  insertLoginLink,
  insertSession,
  isStoredSession,
  readValue,
  spendLoginLink,
} from './store.ts'

/** Long enough to copy a link from a terminal, short enough that a link found later no longer works. */
const loginMinutes = 15
const sessionDays = 30
/** The name under which the time of the first log-in is stored. */
const signedInName = 'first_sign_in'

/** The key of all tokens. The first process creates it; all processes on the database share it. */
export async function ensureSecret(database: Database, random: Random): Promise<string> {
  return ensureValue(database, 'secret', Buffer.from(random.bytes(32)).toString('base64url'))
}

/** The key of stored sessions. It is apart from SECRET, so a leaked SECRET forges no session. */
export async function ensureSessionKey(database: Database, random: Random): Promise<string> {
  return ensureValue(database, 'session_key', Buffer.from(random.bytes(32)).toString('base64url'))
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
  /** Whether an operator has ever signed in. */
  hasSignedIn(): Promise<boolean>
  /** Whether the cookie is of a session that has not expired, and that began under the present admin token. */
  isSession(session: string): Promise<boolean>
  /** Whose session this cookie is of; undefined where `isSession` is false. */
  findSession(session: string): Promise<SessionHolder | undefined>
  /** Whose API token this is; undefined if it is unknown, revoked or expired. */
  findToken(token: string): Promise<TokenHolder | undefined>
  endSession(session: string): Promise<void>
  /** Ends all sessions and unused log-in links. Returns how many sessions there were. */
  endAllSessions(): Promise<number>
}

export function openAccess(context: {
  database: Database
  sessionKey: string
  clock: Clock
  random: Random
  /** If undefined, no token is accepted. */
  adminTokenHash: string | undefined
}): Access {
  const { database, sessionKey, clock, random } = context
  const keyed = (use: string, text: string) => createHmac('sha256', sessionKey).update(`${use}\0${text}`).digest('base64url')
  const sessionHash = (session: string) => keyed('session', session)
  const adminToken = keyed('admin-token', context.adminTokenHash ?? '')
  const isSession = async (session: string) =>
    session !== '' && (await isStoredSession(database, sessionHash(session), adminToken, clock.now().getTime()))
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
      const session = Buffer.from(random.bytes(32)).toString('base64url')
      const maxAgeMs = sessionDays * 86_400_000
      await deleteEndedSessions(database, adminToken, now)
      await insertSession(database, { hash: sessionHash(session), adminToken, createdAt: now, expiresAt: now + maxAgeMs })
      await ensureValue(database, signedInName, String(now))
      return { session, maxAgeMs }
    },
    hasSignedIn: async () => (await readValue(database, signedInName)) !== undefined,
    isSession,
    findSession: async (session) => ((await isSession(session)) ? { id: null, name: '', role: 'owner' } : undefined),
    findToken: () => Promise.resolve(undefined),
    endSession: (session) => deleteSession(database, sessionHash(session)),
    endAllSessions: () => deleteAllSessions(database),
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
