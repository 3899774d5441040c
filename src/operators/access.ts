import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { Random } from '../platform/random.ts'
import type { Tokens } from '../platform/tokens.ts'
import { deleteExpiredLoginLinks, ensureValue, insertLoginLink, spendLoginLink } from './store.ts'

/** Minutes are enough to copy a link from a terminal, and too few for it to be found later. */
const loginMinutes = 15
const sessionDays = 30

/** The key of all tokens: made by whoever comes first, the same for all who share the database. */
export async function ensureSecret(database: Database, random: Random): Promise<string> {
  return ensureValue(database, 'secret', Buffer.from(random.bytes(32)).toString('base64url'))
}

/**
 * The operator's API token: `given` (ADMIN_TOKEN), or one that is made once. `fresh` is the token itself, only in the
 * run that made it: the database keeps a hash.
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

/** What lets an operator in. */
export interface Access {
  isAdminToken(token: string): boolean
  /** The random part of a log-in link that works once, for some minutes. */
  makeLogin(): Promise<string>
  /** The value of a session cookie and how long it lasts, where the link was good; it is spent by this. */
  spendLogin(token: string): Promise<{ session: string; maxAgeMs: number } | undefined>
  isSession(session: string): boolean
}

export function openAccess(context: {
  database: Database
  tokens: Tokens
  clock: Clock
  random: Random
  /** Undefined: no token is that of the operator. */
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
