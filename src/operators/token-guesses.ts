import type { Clock } from '../platform/clock.ts'
import { networkOf } from '../platform/network.ts'
import type { Access } from './access.ts'

const windowMs = 15 * 60_000
const wrongTokensPerWindow = 10
/** Bounds the memory. When it is full, the networks that guessed first are forgotten. */
const maxNetworks = 10_000

/** Checks admin tokens of log-in form and API, and limits wrong ones: ten in 15 minutes for one network. */
export interface TokenGuesses {
  /**
   * `address` is the IP address of the client. A limited client is told so before its token is looked at. Clients behind one private
   * address cannot be told apart: there a right token always passes, so nobody locks the operator out.
   */
  check(address: string | undefined, token: string): 'right' | 'wrong' | 'limited'
  /** Seconds until a limited client may try again (RFC 9110 §10.2.3). */
  retryAfter(address: string | undefined): number
}

export function limitTokenGuesses(access: Pick<Access, 'isAdminToken'>, clock: Clock): TokenGuesses {
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

  return {
    check(address, token) {
      const network = networkOf(address)
      if (network !== undefined && isLimited(network)) return 'limited'
      if (access.isAdminToken(token)) return 'right'
      const key = network ?? 'nearby'
      if (isLimited(key)) return 'limited'
      guessesOf(key).wrong++
      return 'wrong'
    },
    retryAfter(address) {
      const held = guesses.get(networkOf(address) ?? 'nearby')
      return held ? Math.max(1, Math.ceil((held.until - now()) / 1_000)) : 1
    },
  }
}
