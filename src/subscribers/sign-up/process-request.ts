import type { Edition } from '../../outbox/delivery.ts'
import { oweLetter } from '../../outbox/enqueue.ts'
import { noteRefusal, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Queries } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { type ConsentEvent, recordConsents } from '../consent-store.ts'
import type { SubscribersRoom } from '../context.ts'
import { confirmationEdition, welcomeEdition } from '../mail.ts'
import { keepConfirmed, keepPending, keepSubscriber, markAsked, readSubscriptionsOf, writeChosen } from '../store.ts'
import type { Subscriber, Subscription } from '../subscriber.ts'
import { chosenTopics } from './chosen-topics.ts'
import { confirmContext } from './confirm.ts'
import { isAskedEnough } from './limits.ts'
import type { Wish } from './sign-up-request.ts'
import { claimSignUp } from './sign-up-store.ts'

/** How long a confirmation link works. */
const confirmDays = 7

/** What became of a wish. Only the operator is told: whoever typed the address proved nothing yet. */
export type Taken =
  /** A confirmation is owed to the address, or one that is on its way now covers this too. */
  | { readonly status: 'asked'; readonly subscriberId: string }
  /** The digests ask for no confirmation, and all of them come from now on. */
  | { readonly status: 'added'; readonly subscriberId: string }
  | { readonly status: 'already'; readonly subscriberId: string }
  /** A confirmation went to the address a short time ago, and was followed or is void: no other goes there yet. */
  | { readonly status: 'paused'; readonly subscriberId: string }
  | { readonly status: 'suppressed' }
  /** Somebody else took this sign-up, or none of its digests is there any more. */
  | { readonly status: 'gone' }

/** Letters that many sign-ups have in common, so that a flood renders each once. */
export type Letters = Map<string, Promise<Edition>>

/** Looks at one wish: `signUpId` is the kept sign-up that it comes from, which is done with by this. */
export async function takeWish(room: SubscribersRoom, given: Wish, signUpId?: string, letters: Letters = new Map()): Promise<Taken> {
  const defined = room.publication().digests
  const wish = { ...given, digests: given.digests.filter((name) => defined.has(name)) }
  // Rendered before the transaction, which is to be short.
  const [confirmation, welcome] = await lettersFor(room, wish.digests, letters)
  const taken = await room.database.transaction<Taken>(async (tx) => {
    if (signUpId !== undefined && !(await claimSignUp(tx, signUpId))) return { status: 'gone' }
    if (wish.digests.length === 0) return { status: 'gone' }
    return take(tx, room, wish, confirmation, welcome)
  })
  room.triggerSender()
  return taken
}

/** Chosen by the wish alone, whoever's address it is: what asks for digests that need it, and what greets to those that do not. */
function lettersFor(room: SubscribersRoom, digests: readonly string[], letters: Letters): Promise<[Edition, Edition]> {
  const { digests: defined } = room.publication()
  const begun = digests.filter((name) => defined.get(name)?.doubleOptIn === false)
  const asked = digests.filter((name) => !begun.includes(name))
  const once = (kind: string, render: () => Promise<Edition>) => {
    const key = `${kind} ${digests.join(' ')}`
    const known = letters.get(key) ?? render()
    letters.set(key, known)
    return known
  }
  return Promise.all([
    once('confirmation', () => confirmationEdition(room, asked.length > 0 ? asked : digests, confirmDays)),
    begun.length > 0
      ? once('welcome', () => welcomeEdition(room, begun))
      : once('confirmation', () => confirmationEdition(room, asked, confirmDays)),
  ])
}

async function take(tx: Queries, room: SubscribersRoom, wish: Wish, confirmation: Edition, welcome: Edition): Promise<Taken> {
  const { address } = wish
  const now = room.clock.now()
  if ((await whichAreSuppressed(tx, room.tokens, [address.key])).size > 0) {
    await noteRefusal(tx, room.tokens, address.key, now)
    return { status: 'suppressed' }
  }
  const subscriber = await keepSubscriber(tx, newId(room.clock, room.random), address, now)
  const subscriberId = subscriber.id
  const held = await readSubscriptionsOf(tx, subscriberId)
  const missing = wish.digests.filter((digest) => held.find((one) => one.digest === digest)?.state !== 'confirmed')
  if (missing.length === 0) return { status: 'already', subscriberId }
  const atOnce = missing.filter((digest) => needsNoConfirmation(room, held, digest))
  const toConfirm = missing.filter((digest) => !atOnce.includes(digest))
  if (atOnce.length > 0) await begin(tx, room, subscriber, wish, atOnce, held, welcome, now)
  if (toConfirm.length === 0) return { status: 'added', subscriberId }
  return ask(tx, room, subscriber, wish, toConfirm, held, confirmation, now)
}

/** Where the digest is set so; but who has left comes back by their own hand alone. */
function needsNoConfirmation(room: SubscribersRoom, held: readonly Subscription[], digest: string): boolean {
  const one = held.find((subscription) => subscription.digest === digest)
  return room.publication().digests.get(digest)?.doubleOptIn === false && one?.unsubscribedAt === undefined
}

async function begin(
  tx: Queries,
  room: SubscribersRoom,
  subscriber: Subscriber,
  wish: Wish,
  digests: readonly string[],
  held: readonly Subscription[],
  welcome: Edition,
  now: Date,
): Promise<void> {
  for (const digest of digests) {
    const id = held.find((one) => one.digest === digest)?.id ?? newId(room.clock, room.random)
    const nonce = newId(room.clock, room.random)
    await keepConfirmed(tx, { id, subscriberId: subscriber.id, digest, nonce, source: wish.source }, now)
  }
  await recordWish(tx, subscriber.id, wish, 'confirmed', digests, now)
  // What is there was chosen by somebody who had proven the address.
  if (held.length === 0)
    await writeChosen(tx, subscriber.id, { name: wish.name, topics: chosenTopics(room.publication().topics.keys(), wish.topics) }, now)
  if (isAskedEnough(subscriber, now)) return
  await oweLetter(
    tx,
    { id: newId(room.clock, room.random), kind: 'welcome', list: '' },
    welcome,
    {
      address: subscriber.email,
      addressKey: subscriber.addressKey,
      holes: { preferences_token: room.tokens.make('preferences', subscriber.id) },
    },
    now,
  )
  await markAsked(tx, subscriber.id, now)
}

/** Leaves the digests waiting for one confirmation: of a new letter, or of the one that is on its way. */
async function ask(
  tx: Queries,
  room: SubscribersRoom,
  subscriber: Subscriber,
  wish: Wish,
  digests: readonly string[],
  held: readonly Subscription[],
  confirmation: Edition,
  now: Date,
): Promise<Taken> {
  const subscriberId = subscriber.id
  const isWaiting = (one: Subscription) => one.state === 'pending' && one.confirmUntil > now
  const onItsWay = held.filter(isWaiting).sort((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime())[0]
  const isTooSoon = isAskedEnough(subscriber, now)
  if (isTooSoon && !onItsWay) return { status: 'paused', subscriberId }
  const nonce = isTooSoon && onItsWay ? onItsWay.nonce : newId(room.clock, room.random)
  const until = isTooSoon && onItsWay ? onItsWay.confirmUntil : new Date(now.getTime() + confirmDays * 86_400_000)
  // What waits already is not for a second stranger to change.
  const asked = isTooSoon ? digests.filter((digest) => !held.some((one) => one.digest === digest && isWaiting(one))) : digests
  for (const digest of asked) {
    const id = held.find((one) => one.digest === digest)?.id ?? newId(room.clock, room.random)
    const wishes = { name: wish.name, topics: wish.topics }
    await keepPending(tx, { id, subscriberId, digest, nonce, wishes, source: wish.source }, now, until)
  }
  await recordWish(tx, subscriberId, wish, 'asked', asked, now)
  if (isTooSoon) return { status: 'asked', subscriberId }
  await oweLetter(
    tx,
    { id: newId(room.clock, room.random), kind: 'confirmation', list: '' },
    confirmation,
    {
      address: wish.address.email,
      addressKey: wish.address.key,
      holes: { confirm_token: room.tokens.make('confirm', subscriberId, confirmContext(nonce, until)) },
    },
    now,
  )
  await markAsked(tx, subscriberId, now)
  return { status: 'asked', subscriberId }
}

async function recordWish(
  tx: Queries,
  subscriberId: string,
  { source, networkAddress, wording }: Wish,
  event: ConsentEvent,
  digests: readonly string[],
  now: Date,
): Promise<void> {
  await recordConsents(
    tx,
    digests.map((digest) => ({ subscriberId, digest, event, at: now, source, networkAddress, wording, basis: 'consent' })),
  )
}
