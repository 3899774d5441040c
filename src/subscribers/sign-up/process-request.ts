import type { Edition } from '../../outbox/delivery.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import { noteRefusal, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Actor } from '../../platform/actor.ts'
import type { Queries } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { readerLanguage } from '../../publication/reader-language.ts'
import { type ConsentEvent, recordConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { confirmationEdition, welcomeEdition } from '../mail.ts'
import {
  ensureSubscriber,
  markAsked,
  readSubscriberByKey,
  readSubscriptionsOf,
  upsertConfirmed,
  upsertPending,
  writeChosen,
} from '../store.ts'
import type { Subscriber, Subscription } from '../subscriber.ts'
import { raiseChoice } from '../subscriber-events.ts'
import { chosenTopics } from './chosen-topics.ts'
import { confirmContext } from './confirm.ts'
import { isAskedTooRecently } from './limits.ts'
import type { SignUpRequest } from './sign-up-request.ts'
import { claimSignUp } from './sign-up-store.ts'

/** Validity of a confirmation link. */
const confirmDays = 7

/** The outcome of a sign-up request. Only the operator may see it, because the visitor has not proven the address. */
export type SignUpOutcome =
  /** A confirmation was enqueued, or a pending one now covers this request too. */
  | { readonly status: 'asked'; readonly subscriberId: string }
  /** The digests need no confirmation and start now. */
  | { readonly status: 'added'; readonly subscriberId: string }
  | { readonly status: 'already'; readonly subscriberId: string }
  /** The last confirmation is too recent for another one, and can no longer be used. */
  | { readonly status: 'paused'; readonly subscriberId: string }
  | { readonly status: 'suppressed' }
  /** Another process handled this request, or none of its digests exists any more. */
  | { readonly status: 'gone' }

/** Editions that many sign-ups share, so that a flood renders each only once. */
export type EditionCache = Map<string, Promise<Edition>>

/** Where a request comes from: a stored request, which is deleted; or an operator, who is recorded. */
export type RequestOrigin = { readonly signUpId: string } | { readonly by: Actor }

/** Processes one request. */
export async function processSignUp(
  context: SubscribersContext,
  given: SignUpRequest,
  origin: RequestOrigin,
  emails: EditionCache = new Map(),
): Promise<SignUpOutcome> {
  const defined = context.publication().digests
  const request = { ...given, digests: given.digests.filter((name) => defined.has(name)) }
  // Rendered before the transaction, which must be short. A known reader's choice of a language counts already.
  const known = await readSubscriberByKey(context.database, request.address.key)
  const heldBefore = known ? await readSubscriptionsOf(context.database, known.id) : []
  const chosen = isProven(heldBefore) ? known?.language : request.language || known?.language
  const language = readerLanguage(context.publication(), chosen ?? '')
  const [confirmation, welcome] = await editionsFor(context, request.digests, language, emails)
  const outcome = await context.database.transaction<SignUpOutcome>(async (tx) => {
    if ('signUpId' in origin && !(await claimSignUp(tx, origin.signUpId))) return { status: 'gone' }
    if (request.digests.length === 0) return { status: 'gone' }
    const processed = await processInTransaction(tx, context, request, confirmation, welcome)
    if ('by' in origin && 'subscriberId' in processed) {
      const details = { outcome: processed.status, digests: request.digests.join(' ') }
      await context.recordAudit(tx, { action: 'subscriber.add', subject: processed.subscriberId, by: origin.by, details })
    }
    return processed
  })
  context.triggerSender()
  return outcome
}

/** Of the subscriber, only the language matters: a confirmation for digests that need one, and a welcome for the others. */
function editionsFor(
  context: SubscribersContext,
  digests: readonly string[],
  language: string,
  emails: EditionCache,
): Promise<[Edition, Edition]> {
  const { digests: defined } = context.publication()
  const unconfirmed = digests.filter((name) => defined.get(name)?.doubleOptIn === false)
  const asked = digests.filter((name) => !unconfirmed.includes(name))
  const once = (kind: string, render: () => Promise<Edition>) => {
    const key = `${kind} ${language} ${digests.join(' ')}`
    const known = emails.get(key) ?? render()
    emails.set(key, known)
    return known
  }
  return Promise.all([
    once('confirmation', () => confirmationEdition(context, asked.length > 0 ? asked : digests, confirmDays, language)),
    unconfirmed.length > 0
      ? once('welcome', () => welcomeEdition(context, unconfirmed, language))
      : once('confirmation', () => confirmationEdition(context, asked, confirmDays, language)),
  ])
}

async function processInTransaction(
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
  if (request.language && !isProven(held)) await writeChosen(tx, subscriberId, { language: request.language }, now)
  const missing = request.digests.filter((digest) => held.find((one) => one.digest === digest)?.state !== 'confirmed')
  if (missing.length === 0) return { status: 'already', subscriberId }
  const atOnce = missing.filter((digest) => needsNoConfirmation(context, held, digest))
  const toConfirm = missing.filter((digest) => !atOnce.includes(digest))
  if (atOnce.length > 0) await subscribeAtOnce(tx, context, subscriber, request, atOnce, held, welcome, now)
  if (toConfirm.length === 0) return { status: 'added', subscriberId }
  return requestConfirmation(tx, context, subscriber, request, toConfirm, held, confirmation, now)
}

/** Whether the reader has ever confirmed. Then nobody else may change their choices by a form. */
function isProven(held: readonly Subscription[]): boolean {
  return held.some(({ confirmedAt }) => confirmedAt !== undefined)
}

/** True if the digest is set so, except for readers who unsubscribed from it: they must confirm. */
function needsNoConfirmation(context: SubscribersContext, held: readonly Subscription[], digest: string): boolean {
  const one = held.find((subscription) => subscription.digest === digest)
  return context.publication().digests.get(digest)?.doubleOptIn === false && one?.unsubscribedAt === undefined
}

async function subscribeAtOnce(
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
  // Existing choices were made by somebody with a proven address, so they stay.
  if (held.length === 0)
    await writeChosen(
      tx,
      subscriber.id,
      { name: request.name, topics: chosenTopics(context.publication().topics.keys(), request.topics) },
      now,
    )
  await raiseChoice(tx, context, 'subscriber.confirmed', subscriber.id, digests)
  if (isAskedTooRecently(subscriber, now)) return
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

/** Sets the digests to pending, under a new confirmation or the one that was already sent. */
async function requestConfirmation(
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
  const pending = held.filter(isWaiting).sort((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime())[0]
  const isTooSoon = isAskedTooRecently(subscriber, now)
  if (isTooSoon && !pending) return { status: 'paused', subscriberId }
  const nonce = isTooSoon && pending ? pending.nonce : newId(context.clock, context.random)
  const until = isTooSoon && pending ? pending.confirmUntil : new Date(now.getTime() + confirmDays * 86_400_000)
  // A pending request must not change before it is confirmed or expires.
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
