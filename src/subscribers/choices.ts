import { cancelQueuedFor } from '../outbox/enqueue.ts'
import { startOfDay } from '../platform/dates.ts'
import { newId } from '../platform/ids.ts'
import { recordConsents } from './consent-store.ts'
import type { SubscribersContext } from './context.ts'
import { chosenTopics } from './sign-up/chosen-topics.ts'
import { invalidLanguage, invalidName, type ReaderFault, readerFault, readName } from './sign-up/sign-up-request.ts'
import { readSubscriber, readSubscriptionsOf, upsertConfirmed, writeChosen } from './store.ts'
import type { Subscriber } from './subscriber.ts'
import { raiseChoice } from './subscriber-events.ts'
import { endDigests } from './unsubscribe.ts'

export interface Choices {
  readonly email: string
  readonly name: string
  /** The chosen language; empty if none was chosen. */
  readonly language: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  /** No digest is sent before this time. Undefined if not paused. */
  readonly pausedUntil: Date | undefined
}

/** The complete new digests and topics. An absent name or language stays as it is. */
export interface NewChoices {
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  readonly name?: string | undefined
  readonly language?: string | undefined
}

/** The current choices of the reader of a preferences link. Undefined if the link is invalid. */
export async function readChoices(context: SubscribersContext, token: string): Promise<Choices | undefined> {
  const subscriber = await holderOf(context, token)
  if (!subscriber) return undefined
  const held = await readSubscriptionsOf(context.database, subscriber.id)
  const { email, name, language, topics, pausedUntil } = subscriber
  return {
    email,
    name,
    language,
    topics,
    digests: held.filter((one) => one.state === 'confirmed').map((one) => one.digest),
    pausedUntil: pausedUntil && pausedUntil > context.clock.now() ? pausedUntil : undefined,
  }
}

/** Replaces the reader's digests and topics. The link proves the address, so no confirmation is needed. */
export async function writeChoices(
  context: SubscribersContext,
  token: string,
  choices: NewChoices,
  wording: string,
): Promise<Choices | ReaderFault | undefined> {
  const subscriber = await holderOf(context, token)
  if (!subscriber) return undefined
  const publication = context.publication()
  const name = choices.name === undefined ? undefined : readName(choices.name)
  if (choices.name !== undefined && name === undefined) return invalidName()
  const { language } = choices
  if (language && !publication.languages.includes(language)) {
    return invalidLanguage(publication.languages)
  }
  const now = context.clock.now()
  const offered = [...publication.topics.keys()]
  const ticked = offered.filter((topic) => choices.topics.includes(topic))
  await context.database.transaction(async (tx) => {
    const held = await readSubscriptionsOf(tx, subscriber.id)
    const begun: string[] = []
    for (const digest of publication.digests.keys()) {
      const one = held.find((subscription) => subscription.digest === digest)
      if (!choices.digests.includes(digest) || one?.state === 'confirmed') continue
      const id = one?.id ?? newId(context.clock, context.random)
      const nonce = newId(context.clock, context.random)
      await upsertConfirmed(tx, { id, subscriberId: subscriber.id, digest, nonce, source: 'preferences' }, now)
      begun.push(digest)
    }
    const proof = { subscriberId: subscriber.id, event: 'confirmed', at: now, source: 'preferences', networkAddress: undefined } as const
    await recordConsents(
      tx,
      begun.map((digest) => ({ ...proof, digest, wording, basis: 'consent' })),
    )
    const ended = [...publication.digests.keys()].filter((digest) => !choices.digests.includes(digest))
    if (ended.length > 0) await endDigests(tx, context, subscriber, ended, 'preferences')
    // Last, because confirming and freezing also lock the subscription before the subscriber.
    await writeChosen(tx, subscriber.id, { name, language, topics: chosenTopics(offered, ticked) }, now)
    await raiseChoice(tx, context, 'subscriber.confirmed', subscriber.id, begun)
  })
  return readChoices(context, token)
}

/** A longer pause should be an unsubscribe. */
const maxPauseMs = 366 * 86_400_000

/**
 * Pauses all digests until the start of `day` (`2026-12-24`) in the publication's time zone, and cancels queued deliveries.
 * Null ends the pause.
 */
export async function pause(context: SubscribersContext, token: string, day: string | null): Promise<Choices | ReaderFault | undefined> {
  const subscriber = await holderOf(context, token)
  if (!subscriber) return undefined
  const now = context.clock.now()
  const until = day === null ? null : startOfDay(day, context.publication().timezone)
  if (until === undefined)
    return readerFault('paused_until', 'must be a day, such as 2026-12-24', 'site.fault.no_day', { example: '2026-12-24' })
  if (until && until <= now) return readerFault('paused_until', 'must be in the future', 'site.fault.past')
  if (until && until.getTime() - now.getTime() > maxPauseMs)
    return readerFault('paused_until', 'must be within a year', 'site.fault.too_long')
  await context.database.transaction(async (tx) => {
    await writeChosen(tx, subscriber.id, { pausedUntil: until }, now)
    if (until) await cancelQueuedFor(tx, subscriber.addressKey, undefined, 'the reader has paused', now)
  })
  return readChoices(context, token)
}

/** Unsubscribes from all digests, for good or to read by feed instead. The topics stay, because the feed uses them. */
export async function unsubscribeFromAll(
  context: SubscribersContext,
  token: string,
  method: 'preferences' | 'feed instead',
): Promise<Choices | undefined> {
  const subscriber = await holderOf(context, token)
  if (!subscriber) return undefined
  await context.database.transaction((tx) => endDigests(tx, context, subscriber, undefined, method))
  return readChoices(context, token)
}

/** True if the link is valid but its subscriber no longer exists. */
export async function isErased(context: SubscribersContext, token: string): Promise<boolean> {
  const id = context.tokens.verify(token, 'preferences')
  return id !== undefined && (await readSubscriber(context.database, id)) === undefined
}

export async function holderOf(context: SubscribersContext, token: string): Promise<Subscriber | undefined> {
  const id = context.tokens.verify(token, 'preferences')
  return id === undefined ? undefined : readSubscriber(context.database, id)
}
