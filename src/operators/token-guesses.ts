import type { Clock } from '../platform/clock.ts'
import { networkOf } from '../platform/network.ts'
import type { Access } from './access.ts'
import type { TokenHolder } from './holder.ts'
import { scopesOf } from './roles.ts'

const windowMs = 15 * 60_000
const wrongTokensPerWindow = 10
/** Bounds the memory. When it is full, the networks that guessed first are forgotten. */
const maxNetworks = 10_000

export type Checked =
  | { readonly status: 'right'; readonly holder: TokenHolder }
  | { readonly status: 'wrong' }
  /** Too many wrong tokens came from this network. */
  | { readonly status: 'limited' }

/** Checks ADMIN_TOKEN and operators' tokens, and limits wrong ones: ten in 15 minutes for one network. */
export interface TokenGuesses {
  /**
   * `address` is the IP address of the client. A limited client is told so before its token is looked at. Clients behind one private
   * address cannot be told apart: there a right token always passes, so nobody locks the operator out.
   */
  check(address: string | undefined, token: string): Promise<Checked>
  /** Like `check`, for ADMIN_TOKEN alone. */
  checkAdminToken(address: string | undefined, token: string): Promise<Checked>
  /** Seconds until a limited client may try again (RFC 9110 §10.2.3). */
  retryAfter(address: string | undefined): number
}

export function limitTokenGuesses(access: Pick<Access, 'isAdminToken' | 'findToken'>, clock: Clock): TokenGuesses {
  const guesses = new Map<string, { wrong: number; until: number }>()
  const now = () => clock.now().getTime()
  function guessesOf(network: string): { wrong: number; until: number } {
    const held = guesses.get(network)
    if (held && held.until > now()) return held
    guesses.delete(network)
    const oldest = guesses.keys().next()
    if (guesses.size >= maxNetworks && !oldest.done) guesses.delete(oldest.value)
    const begun = { wrong: 0, until: now() + windowMs }
    guesses.set(network, begun)
    return begun
  }
  const isLimited = (network: string) =>
    (guesses.get(network)?.wrong ?? 0) >= wrongTokensPerWindow && (guesses.get(network)?.until ?? 0) > now()
  const adminTokenHolder = (token: string): TokenHolder | undefined =>
    access.isAdminToken(token) ? { operator: null, role: 'owner', scopes: scopesOf.owner, token: null, expiresAt: undefined } : undefined

  async function limited(address: string | undefined, find: () => Promise<TokenHolder | undefined>): Promise<Checked> {
    const network = networkOf(address)
    if (network !== undefined && isLimited(network)) return { status: 'limited' }
    const holder = await find()
    // Again, because others of this network may have been looked up meanwhile: many guesses at once get no further than one by one.
    if (network !== undefined && isLimited(network)) return { status: 'limited' }
    if (holder) return { status: 'right', holder }
    const key = network ?? 'nearby'
    if (isLimited(key)) return { status: 'limited' }
    guessesOf(key).wrong++
    return { status: 'wrong' }
  }

  return {
    check: (address, token) => limited(address, async () => adminTokenHolder(token) ?? access.findToken(token)),
    checkAdminToken: (address, token) => limited(address, async () => adminTokenHolder(token)),
    retryAfter(address) {
      const held = guesses.get(networkOf(address) ?? 'nearby')
      return held ? Math.max(1, Math.ceil((held.until - now()) / 1_000)) : 1
    },
  }
}
