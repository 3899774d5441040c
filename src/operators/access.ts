import { timingSafeEqual } from 'node:crypto'
import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logError } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import { hashOf, keyedHashOf, newLoginToken } from './hashes.ts'
import type { SessionHolder, TokenHolder } from './holder.ts'
import { markSignedIn, readOperator } from './operator-store.ts'
import { mayWith } from './roles.ts'
import {
  deleteAllSessions,
  deleteEndedSessions,
  deleteExpiredLoginLinks,
  deleteSession,
  ensureValue,
  insertLoginLink,
  insertSession,
  listValidSessions,
  markAddressAsked,
  markSeen,
  type Origin,
  readSession,
  readValue,
  spendLoginLink,
} from './store.ts'
import { markUsed, readToken } from './token-store.ts'

/** Long enough to copy a link from a terminal, short enough that a link found later no longer works. */
export const loginMinutes = 15
const sessionDays = 30
/** How exactly "last seen" and "last used" are known. Each request would cost a write otherwise. */
const seenEveryMs = 60_000
/** The name under which the time of the first log-in is stored. */
const signedInName = 'first_sign_in'
/** API tokens begin with it, so that scanners for leaked secrets find them. */
export const tokenPrefix = 'bst_'

/** The key of all tokens. The first process creates it; all processes on the database share it. */
export async function ensureSecret(database: Database, random: Random): Promise<string> {
  return ensureValue(database, 'secret', Buffer.from(random.bytes(32)).toString('base64url'))
}

/** The key of stored sessions. It is apart from SECRET, so a leaked SECRET forges no session. */
export async function ensureSessionKey(database: Database, random: Random): Promise<string> {
  return ensureValue(database, 'session_key', Buffer.from(random.bytes(32)).toString('base64url'))
}

/**
 * The owner's API token: `given` (ADMIN_TOKEN), or one that is generated once. `fresh` is set only in the run that
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

/** The hash of the token that was given, or that an earlier start made. */
export async function findAdminTokenHash(database: Database, given: string | undefined): Promise<string | undefined> {
  return given === undefined ? readValue(database, 'admin_token_hash') : hashOf(given)
}

/** Log-in links, sessions, ADMIN_TOKEN and API tokens. */
export interface Access {
  isAdminToken(token: string): boolean
  /**
   * Creates a log-in link that works once, for 15 minutes. Returns its random part. Default: a link for the holder of ADMIN_TOKEN, who is
   * the owner.
   */
  makeLogin(link?: { readonly operator?: string; readonly origin?: Origin }): Promise<string>
  /** Spends a log-in link. Returns the session cookie and its lifetime; undefined if the link is invalid or its operator was removed. */
  spendLogin(token: string): Promise<{ session: string; maxAgeMs: number } | undefined>
  /** Whether an operator has ever signed in. */
  hasSignedIn(): Promise<boolean>
  /** Whether the cookie is of a session that has not ended, and that began under the present admin token. */
  isSession(session: string): Promise<boolean>
  /** Whose session this cookie is of; undefined where `isSession` is false. Stores when the session was last seen. */
  findSession(session: string): Promise<SessionHolder | undefined>
  /** Which of these session ids are of sessions that have not ended. One statement, and it stores nothing. */
  validSessions(sessionIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Whose API token this is; undefined if it is unknown, revoked or expired. Stores when it was last used. */
  findToken(token: string): Promise<TokenHolder | undefined>
  /** The session with this id does not ask for an address again. */
  skipAddress(sessionId: string): Promise<void>
  endSession(session: string): Promise<void>
  /** Ends all sessions and unused log-in links, or those of one operator. Returns how many sessions there were. */
  endAllSessions(operator?: string): Promise<number>
}

export function openAccess(context: {
  database: Database
  sessionKey: string
  clock: Clock
  random: Random
  log: Log
  recordAudit: RecordAudit
  /** If undefined, no token is accepted. */
  adminTokenHash: string | undefined
}): Access {
  const { database, sessionKey, clock, random, log, recordAudit } = context
  const idOf = (session: string) => keyedHashOf(sessionKey, 'session', session)
  const adminToken = keyedHashOf(sessionKey, 'admin-token', context.adminTokenHash ?? '')
  const now = () => clock.now().getTime()
  const read = async (session: string) => (session === '' ? undefined : readSession(database, idOf(session), adminToken, now()))
  /** A full disk must not lock operators out, so a failure is only logged. */
  async function note(before: number | null, write: () => Promise<void>): Promise<void> {
    if (before !== null && Math.abs(now() - before) < seenEveryMs) return
    await write().catch((error: unknown) => logError(log, error, 'could not store when a session or token was last used'))
  }
  return {
    isAdminToken(token) {
      const { adminTokenHash } = context
      return adminTokenHash !== undefined && timingSafeEqual(Buffer.from(hashOf(token)), Buffer.from(adminTokenHash))
    },
    async makeLogin({ operator, origin = '' } = {}) {
      const token = newLoginToken(random)
      await deleteExpiredLoginLinks(database, now())
      await insertLoginLink(database, { hash: hashOf(token), operator: operator ?? null, origin, expiresAt: now() + loginMinutes * 60_000 })
      return token
    },
    async spendLogin(token) {
      const session = Buffer.from(random.bytes(32)).toString('base64url')
      const maxAgeMs = sessionDays * 86_400_000
      const at = now()
      const isBegun = await database.transaction(async (tx) => {
        const link = await spendLoginLink(tx, hashOf(token), at)
        if (!link) return false
        const { operator, origin } = link
        if (operator !== null && !(await readOperator(tx, operator))) return false
        await deleteEndedSessions(tx, adminToken, at)
        await insertSession(tx, { hash: idOf(session), operator, origin, adminToken, createdAt: at, expiresAt: at + maxAgeMs })
        if (operator !== null) await markSignedIn(tx, operator, at)
        await recordAudit(tx, { action: 'session.begin', subject: operator, by: { operator, via: 'desk' }, details: { origin } })
        return true
      })
      if (!isBegun) return undefined
      await ensureValue(database, signedInName, String(at))
      return { session, maxAgeMs }
    },
    hasSignedIn: async () => (await readValue(database, signedInName)) !== undefined,
    isSession: async (session) => (await read(session)) !== undefined,
    async findSession(session) {
      const found = await read(session)
      if (!found) return undefined
      const sessionId = idOf(session)
      await note(found.last_seen_at, () => markSeen(database, sessionId, now()))
      return {
        id: found.operator,
        name: found.email ?? '',
        // Without an operator: the holder of ADMIN_TOKEN, who is the owner.
        role: found.role ?? 'owner',
        language: found.language ?? '',
        sessionId,
        asksAddress: found.asks_address === 1,
      }
    },
    validSessions: async (sessionIds) => new Set(await listValidSessions(database, sessionIds, adminToken, now())),
    async findToken(token) {
      if (!token.startsWith(tokenPrefix)) return undefined
      const found = await readToken(database, keyedHashOf(sessionKey, 'api-token', token), now())
      if (!found) return undefined
      await note(found.lastUsedAt?.getTime() ?? null, () => markUsed(database, found.id, now()))
      // The role may have been lowered since the token was made.
      const scopes = found.scopes.filter((scope) => mayWith(found.role, scope))
      return { operator: found.operator, role: found.role, scopes, token: found.id, expiresAt: found.expiresAt }
    },
    skipAddress: (sessionId) => markAddressAsked(database, sessionId, now()),
    endSession: async (session) => void (await deleteSession(database, idOf(session))),
    endAllSessions: (operator) => database.transaction((tx) => deleteAllSessions(tx, operator)),
  }
}
