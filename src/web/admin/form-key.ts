import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Tokens } from '../../platform/tokens.ts'

/** What a confirmation page has shown. */
export interface Shown {
  /** The `listKey` of the articles. */
  readonly listKey: string
  readonly readers: number
}

/** Where a form key is valid: one session, one digest. */
export interface FormPlace {
  readonly session: string
  readonly digest: string
}

export type FormKeyReading =
  | { readonly status: 'valid' | 'expired'; readonly issueKey: string; readonly shown: Shown }
  /** Of another session or digest, changed, or made by somebody else. */
  | { readonly status: 'foreign' }

interface FormKeyContext {
  readonly tokens: Pick<Tokens, 'keyedHash' | 'keyedHashes'>
  readonly clock: Clock
  readonly random: Random
}

/** Long enough to read a preview again, and short enough that a forgotten tab sends nothing the day after. */
const lifetimeMs = 3_600_000

/**
 * The key of one confirmation page: `NONCE.EXPIRES.READERS.LISTKEY.MAC`. A form that is sent twice carries the same key, which becomes the
 * idempotency key of the issue. Nothing is stored.
 */
export function makeFormKey({ tokens, clock, random }: FormKeyContext, place: FormPlace, shown: Shown): string {
  const nonce = Buffer.from(random.bytes(16)).toString('base64url')
  const body = [nonce, clock.now().getTime() + lifetimeMs, shown.readers, shown.listKey].join('.')
  return `${body}.${tokens.keyedHash('form-key', textOf(place, body)).toString('base64url')}`
}

/** Reads a key that a form sent. An expired key still names its issue, so that a late second click finds it. */
export function readFormKey({ tokens, clock }: Omit<FormKeyContext, 'random'>, place: FormPlace, key: unknown): FormKeyReading {
  if (typeof key !== 'string' || !/^[\w-]{22}\.\d{1,16}\.\d{1,16}\.[\w-]{43}\.[\w-]{43}$/.test(key)) return { status: 'foreign' }
  const [nonce = '', expires = '', readers = '', listKey = '', mac = ''] = key.split('.')
  const given = Buffer.from(mac, 'base64url')
  const expected = tokens.keyedHashes('form-key', textOf(place, key.slice(0, key.lastIndexOf('.'))))
  if (!expected.some((one) => timingSafeEqual(one, given))) return { status: 'foreign' }
  const status = Number(expires) > clock.now().getTime() ? 'valid' : 'expired'
  return { status, issueKey: `desk ${nonce}`, shown: { listKey, readers: Number(readers) } }
}

/** The session enters as its hash: what is keyed need not hold a secret of the browser. */
function textOf({ session, digest }: FormPlace, body: string): string {
  return [createHash('sha256').update(session).digest('base64url'), digest, body].join('\0')
}
