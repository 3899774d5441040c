import type { Edition } from '../../outbox/delivery.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import { noteRefusal, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Queries } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { type ConsentEvent, recordConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { confirmationEdition, welcomeEdition } from '../mail.ts'
import { ensureSubscriber, markAsked, readSubscriptionsOf, upsertConfirmed, upsertPending, writeChosen } from '../store.ts'
import type { Subscriber, Subscription } from '../subscriber.ts'
import { chosenTopics } from './chosen-topics.ts'
import { confirmContext } from './confirm.ts'
import { isAskedEnough } from './limits.ts'
import type { SignUpRequest } from './sign-up-request.ts'
import { claimSignUp } from './sign-up-store.ts'

/** How long a confirmation link works. */
const confirmDays = 7

/** Outcome of a sign-up request. Only the operator sees it: whoever typed the address has proved nothing yet. */
export type SignUpOutcome =
  /** A confirmation was enqueued, or one that is on its way covers this request too. */
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
export type EditionCache = Map<string, Promise<Edition>>

/** Processes one sign-up request. `signUpId` is the waiting sign-up that it comes from, which is deleted. */
export async function processSignUp(
  context: SubscribersContext,
  given: SignUpRequest,
  signUpId?: string,
  emails: EditionCache = new Map(),
): Promise<SignUpOutcome> {
  const defined = context.publication().digests
  const request = { ...given, digests: given.digests.filter((name) => defined.has(name)) }
  // Rendered before the transaction, which is to be short.
  const [confirmation, welcome] = await editionsFor(context, request.digests, emails)
  const taken = await context.database.transaction<SignUpOutcome>(async (tx) => {
    if (signUpId !== undefined && !(await claimSignUp(tx, signUpId))) return { status: 'gone' }
    if (request.digests.length === 0) return { status: 'gone' }
    return take(tx, context, request, confirmation, welcome)
  })
  context.triggerSender()
  return taken
}

/** Chosen by the request alone, whoever owns the address: a confirmation for digests that need one, a welcome for the others. */
function editionsFor(context: SubscribersContext, digests: readonly string[], emails: EditionCache): Promise<[Edition, Edition]> {
  const { digests: defined } = context.publication()
  const begun = digests.filter((name) => defined.get(name)?.doubleOptIn === false)
  const asked = digests.filter((name) => !begun.includes(name))
  const once = (kind: string, render: () => Promise<Edition>) => {
    const key = `${kind} ${digests.join(' ')}`
    const known = emails.get(key) ?? render()
    emails.set(key, known)
    return known
  }
  return Promise.all([
    once('confirmation', () => confirmationEdition(context, asked.length > 0 ? asked : digests, confirmDays)),
    begun.length > 0
      ? once('welcome', () => welcomeEdition(context, begun))
      : once('confirmation', () => confirmationEdition(context, asked, confirmDays)),
  ])
}

async function take(
  tx: Queries,
  context: SubscribersContext,
  request: SignUpRequest,
  confirmation: Edition,
  welcome: Edition,
): Promise<SignUpOutcome> {
  const { address } = request
  const now = context.clock.now()
  if ((await whichAreSuppressed(tx, context.tokens, [address.key])).size > 0) {
    await noteRefusal(tx, context.tokens, address.key, now)
    return { status: 'suppressed' }
  }
  const subscriber = await ensureSubscriber(tx, newId(context.clock, context.random), address, now)
  const subscriberId = subscriber.id
  const held = await readSubscriptionsOf(tx, subscriberId)
  const missing = request.digests.filter((digest) => held.find((one) => one.digest === digest)?.state !== 'confirmed')
  if (missing.length === 0) return { status: 'already', subscriberId }
  const atOnce = missing.filter((digest) => needsNoConfirmation(context, held, digest))
  const toConfirm = missing.filter((digest) => !atOnce.includes(digest))
  if (atOnce.length > 0) await confirmAtOnce(tx, context, subscriber, request, atOnce, held, welcome, now)
  if (toConfirm.length === 0) return { status: 'added', subscriberId }
  return ask(tx, context, subscriber, request, toConfirm, held, confirmation, now)
}

/** Where the digest is set so; but who has left comes back by their own hand alone. */
function needsNoConfirmation(context: SubscribersContext, held: readonly Subscription[], digest: string): boolean {
  const one = held.find((subscription) => subscription.digest === digest)
  return context.publication().digests.get(digest)?.doubleOptIn === false && one?.unsubscribedAt === undefined
}

async function confirmAtOnce(
  tx: Queries,
  context: SubscribersContext,
  subscriber: Subscriber,
  request: SignUpRequest,
  digests: readonly string[],
  held: readonly Subscription[],
  welcome: Edition,
  now: Date,
): Promise<void> {
  for (const digest of digests) {
    const id = held.find((one) => one.digest === digest)?.id ?? newId(context.clock, context.random)
    const nonce = newId(context.clock, context.random)
    await upsertConfirmed(tx, { id, subscriberId: subscriber.id, digest, nonce, source: request.source }, now)
  }
  await recordRequest(tx, subscriber.id, request, 'confirmed', digests, now)
  // What is there was chosen by somebody who had proven the address.
  if (held.length === 0)
    await writeChosen(
      tx,
      subscriber.id,
      { name: request.name, topics: chosenTopics(context.publication().topics.keys(), request.topics) },
      now,
    )
  if (isAskedEnough(subscriber, now)) return
  await enqueueEmail(
    tx,
    { id: newId(context.clock, context.random), kind: 'welcome', list: '' },
    welcome,
    {
      address: subscriber.email,
      addressKey: subscriber.addressKey,
      placeholders: { preferences_token: context.tokens.make('preferences', subscriber.id) },
    },
    now,
  )
  await markAsked(tx, subscriber.id, now)
}

/** Sets the digests to pending, for a new confirmation mail or for the one that is on its way. */
async function ask(
  tx: Queries,
  context: SubscribersContext,
  subscriber: Subscriber,
  request: SignUpRequest,
  digests: readonly string[],
  held: readonly Subscription[],
  confirmation: Edition,
  now: Date,
): Promise<SignUpOutcome> {
  const subscriberId = subscriber.id
  const isWaiting = (one: Subscription) => one.state === 'pending' && one.confirmUntil > now
  const onItsWay = held.filter(isWaiting).sort((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime())[0]
  const isTooSoon = isAskedEnough(subscriber, now)
  if (isTooSoon && !onItsWay) return { status: 'paused', subscriberId }
  const nonce = isTooSoon && onItsWay ? onItsWay.nonce : newId(context.clock, context.random)
  const until = isTooSoon && onItsWay ? onItsWay.confirmUntil : new Date(now.getTime() + confirmDays * 86_400_000)
  // What waits already is not for a second stranger to change.
  const asked = isTooSoon ? digests.filter((digest) => !held.some((one) => one.digest === digest && isWaiting(one))) : digests
  for (const digest of asked) {
    const id = held.find((one) => one.digest === digest)?.id ?? newId(context.clock, context.random)
    const requested = { name: request.name, topics: request.topics }
    await upsertPending(tx, { id, subscriberId, digest, nonce, requested, source: request.source }, now, until)
  }
  await recordRequest(tx, subscriberId, request, 'asked', asked, now)
  if (isTooSoon) return { status: 'asked', subscriberId }
  await enqueueEmail(
    tx,
    { id: newId(context.clock, context.random), kind: 'confirmation', list: '' },
    confirmation,
    {
      address: request.address.email,
      addressKey: request.address.key,
      placeholders: { confirm_token: context.tokens.make('confirm', subscriberId, confirmContext(nonce, until)) },
    },
    now,
  )
  await markAsked(tx, subscriberId, now)
  return { status: 'asked', subscriberId }
}

async function recordRequest(
  tx: Queries,
  subscriberId: string,
  { source, networkAddress, wording }: SignUpRequest,
  event: ConsentEvent,
  digests: readonly string[],
  now: Date,
): Promise<void> {
  await recordConsents(
    tx,
    digests.map((digest) => ({ subscriberId, digest, event, at: now, source, networkAddress, wording, basis: 'consent' })),
  )
}
