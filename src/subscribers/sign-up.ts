import { oweLetter } from '../outbox/owe.ts'
import { newId } from '../platform/ids.ts'
import { parseAddress } from './address.ts'
import { confirmContext } from './confirm.ts'
import { recordConsents } from './consents.ts'
import { confirmationEdition } from './mail.ts'
import type { SubscribersRoom } from './room.ts'
import { keepPending, keepSubscriber, readSubscriptionsOf } from './store.ts'

export interface SignUp {
  readonly email: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  readonly name: string
  /** Where it came from, such as `form` or `api`. */
  readonly source: string
  /** The sentence that was agreed to, as it was shown. */
  readonly wording: string
  /** Of whoever asked; absent where no visitor did. */
  readonly networkAddress?: string | undefined
}

export type SignedUp =
  /** The same whether or not the address was known, so that nobody learns who reads what. */
  | { readonly status: 'asked' }
  | { readonly status: 'invalid'; readonly field: 'email' | 'digests' | 'topics' | 'name'; readonly reason: string }

/** How long a confirmation link works. */
const confirmDays = 7
/** An address is sent at most one confirmation in this time, however often the form is sent. */
const confirmationPauseMs = 10 * 60_000
const maxNameLength = 120

/** Somebody asks for digests: the subscription is pending, and a confirmation is owed to the address. */
export async function signUp(room: SubscribersRoom, wish: SignUp): Promise<SignedUp> {
  const { digests, topics } = room.publication()
  const address = parseAddress(wish.email)
  if (!address) return invalid('email', 'is not an email address that mail can be sent to')
  const asked = [...new Set(wish.digests)].sort()
  if (asked.length === 0) return invalid('digests', 'names no digest')
  const unknownDigest = asked.find((name) => !digests.has(name))
  if (unknownDigest !== undefined) return invalid('digests', `names a digest that there is not: ${unknownDigest}`)
  const unknownTopic = wish.topics.find((name) => !topics.has(name))
  if (unknownTopic !== undefined) return invalid('topics', `names a topic that there is not: ${unknownTopic}`)
  const name = wish.name.trim().normalize('NFC')
  if (name.length > maxNameLength || /\p{Cc}/u.test(name)) return invalid('name', `must be one line of at most ${maxNameLength} characters`)

  // Rendered before the transaction, which is to be short; and for known addresses too, so that both take the same time.
  const edition = await confirmationEdition(room, asked, confirmDays)
  const now = room.clock.now()
  const until = new Date(now.getTime() + confirmDays * 86_400_000)
  const nonce = newId(room.clock, room.random)
  await room.database.transaction(async (tx) => {
    const subscriber = await keepSubscriber(tx, newId(room.clock, room.random), address, now)
    const held = await readSubscriptionsOf(tx, subscriber.id)
    const missing = asked.filter((digest) => held.find((one) => one.digest === digest)?.state !== 'confirmed')
    if (missing.length === 0) return
    const wasJustAsked = missing.every((digest) => {
      const one = held.find((subscription) => subscription.digest === digest)
      return one?.state === 'pending' && now >= one.requestedAt && now.getTime() - one.requestedAt.getTime() < confirmationPauseMs
    })
    if (wasJustAsked) return
    for (const digest of missing) {
      const id = held.find((one) => one.digest === digest)?.id ?? newId(room.clock, room.random)
      const wishes = { name, topics: wish.topics }
      await keepPending(tx, { id, subscriberId: subscriber.id, digest, nonce, wishes, source: wish.source }, now, until)
    }
    const { source, wording, networkAddress } = wish
    const proof = { subscriberId: subscriber.id, event: 'asked', at: now, source, networkAddress, wording, basis: 'consent' } as const
    await recordConsents(
      tx,
      missing.map((digest) => ({ ...proof, digest })),
    )
    const token = room.tokens.make('confirm', subscriber.id, confirmContext(nonce, until))
    await oweLetter(
      tx,
      { id: newId(room.clock, room.random), kind: 'confirmation', list: '' },
      edition,
      { address: address.email, addressKey: address.key, holes: { confirm_token: token } },
      now,
    )
  })
  room.nudgeSender()
  return { status: 'asked' }
}

function invalid(field: 'email' | 'digests' | 'topics' | 'name', reason: string): SignedUp {
  return { status: 'invalid', field, reason }
}
