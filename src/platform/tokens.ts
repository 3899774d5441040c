import { createHmac, timingSafeEqual } from 'node:crypto'
import { parse, stringify } from 'uuid'

/** What a token allows. A token for one purpose is invalid for any other. */
export type Purpose = 'confirm' | 'unsubscribe' | 'preferences'

/** Other values that are keyed by the secret. */
export type HashUse = 'return-path' | 'leave-by-mail' | 'address' | 'network' | 'measured-link' | 'webhook-secret' | 'form-key'

/** Derived tokens. None is stored: a token contains an id and a keyed hash that requires the secret. */
export interface Tokens {
  /** A token for `id` (a UUID), without expiry. `verify` needs the same `context`. */
  make(purpose: Purpose, id: string, context?: string): string
  /** The id of a well-formed token, not yet verified. Look up the context by this id, then call `verify`. */
  peek(token: string): string | undefined
  verify(token: string, purpose: Purpose, context?: string): string | undefined
  /** HMAC-SHA-256 of `text` for one use: 32 bytes. It differs from tokens and from all other uses. */
  keyedHash(use: HashUse, text: string): Buffer
  /** What `keyedHash` returns under the present secret, then under each previous one. */
  keyedHashes(use: HashUse, text: string): readonly Buffer[]
}

/** The part of `Tokens` that recognises stored hashes. */
export type KeyedHashing = Pick<Tokens, 'keyedHash' | 'keyedHashes'>

const idBytes = 16
/** 128 bits of HMAC-SHA-256: impossible to guess, and the link stays short. */
const macBytes = 16

/** New tokens and hashes use `secret`. Those of `previous` secrets are still recognised; those of any other secret are not. */
export function tokensKeyedBy(secret: string, previous: readonly string[] = []): Tokens {
  const secrets = [...new Set([secret, ...previous])]
  const hashBy = (key: string, use: HashUse, text: string) => createHmac('sha256', key).update(`hash\0${use}\0`).update(text).digest()
  function mac(key: string, purpose: Purpose, id: Uint8Array, context: string): Buffer {
    return createHmac('sha256', key).update(`${purpose}\0`).update(id).update(`\0${context}`).digest().subarray(0, macBytes)
  }
  function split(token: string): { id: Buffer; given: Buffer } | undefined {
    if (!/^[\w-]{43}$/.test(token)) return undefined
    const bytes = Buffer.from(token, 'base64url')
    if (bytes.toString('base64url') !== token) return undefined
    return { id: bytes.subarray(0, idBytes), given: bytes.subarray(idBytes) }
  }
  return {
    make(purpose, id, context = '') {
      const bytes = parse(id)
      return Buffer.concat([bytes, mac(secret, purpose, bytes, context)]).toString('base64url')
    },
    peek(token) {
      const parts = split(token)
      return parts && uuidOf(parts.id)
    },
    verify(token, purpose, context = '') {
      const parts = split(token)
      if (!parts || !secrets.some((key) => timingSafeEqual(parts.given, mac(key, purpose, parts.id, context)))) return undefined
      return uuidOf(parts.id)
    },
    keyedHash: (use, text) => hashBy(secret, use, text),
    keyedHashes: (use, text) => secrets.map((key) => hashBy(key, use, text)),
  }
}

/** Undefined if the bytes are not a valid UUID. */
function uuidOf(bytes: Uint8Array): string | undefined {
  try {
    return stringify(bytes)
  } catch {
    return undefined
  }
}
