import type { Actor } from '../platform/actor.ts'
import { parseAddress } from '../platform/email-address.ts'
import type { SubscribersContext } from './context.ts'
import { readListed } from './segment-store.ts'
import { chosenTopics } from './sign-up/chosen-topics.ts'
import { storedNetworkAddress } from './sign-up/network.ts'
import { processSignUp, type SignUpOutcome } from './sign-up/process-request.ts'
import { type Invalid, invalid, invalidName, readName, type SignUp, validateSignUp } from './sign-up/sign-up-request.ts'
import { readSubscriber, readSubscriberByKey, readSubscriptionsOf, writeChosen } from './store.ts'
import type { Listed, Subscriber } from './subscriber.ts'
import { endDigests } from './unsubscribe.ts'

/** The outcome of a sign-up by the operator, who may learn more than a visitor. */
export type Added = SignUpOutcome | Invalid

/** Adds a sign-up request on behalf of a reader. The reader must confirm, as after any sign-up. */
export async function addSubscriber(context: SubscribersContext, signUp: SignUp, by: Actor): Promise<Added> {
  const request = validateSignUp(context.publication(), signUp)
  if ('status' in request) return request
  const networkAddress = storedNetworkAddress(request.networkAddress, context.publication().networkAddresses)
  return processSignUp(context, { ...request, networkAddress }, { by })
}

export async function findSubscriber(context: SubscribersContext, id: string): Promise<Listed | undefined> {
  const [found] = await readListed(context.database, [id])
  return found
}

export async function findByAddress(context: SubscribersContext, email: string): Promise<Listed | undefined> {
  const key = parseAddress(email)?.key
  const found = key === undefined ? undefined : await readSubscriberByKey(context.database, key)
  return found && findSubscriber(context, found.id)
}

/** Changes by the operator. Absent values stay. */
export interface Amendment {
  readonly name?: string | undefined
  readonly language?: string | undefined
  readonly topics?: readonly string[] | undefined
  /** The digests to keep. The operator cannot add one: only the reader can request it. */
  readonly digests?: readonly string[] | undefined
}

/** Changes a subscriber and ends the digests that are not kept. Undefined if there is no such subscriber. */
export async function amendSubscriber(
  context: SubscribersContext,
  id: string,
  amendment: Amendment,
  by: Actor,
): Promise<Listed | Invalid | undefined> {
  const amended = await amendSubscriberOf(context, id, amendment, by, () => true)
  return amended === 'changed' ? undefined : amended
}

/** The same, but only if `isAsShown` holds of the subscriber; `changed` otherwise. */
export async function amendSubscriberOf(
  context: SubscribersContext,
  id: string,
  amendment: Amendment,
  by: Actor,
  isAsShown: (subscriber: Listed) => boolean,
): Promise<Listed | Invalid | 'changed' | undefined> {
  const publication = context.publication()
  const name = amendment.name === undefined ? undefined : readName(amendment.name)
  if (amendment.name !== undefined && name === undefined) return invalidName()
  const { language, topics, digests } = amendment
  if (language && !publication.languages.includes(language))
    return invalid('language', `must be one of ${publication.languages.join(', ')}`)
  const unknown = topics?.find((topic) => !publication.topics.has(topic))
  if (unknown !== undefined) return invalid('topics', `unknown topic: ${unknown}`)
  const outcome = await context.database.transaction(async (tx): Promise<Invalid | 'changed' | boolean> => {
    const [shown] = await readListed(tx, [id])
    if (!shown) return false
    if (!isAsShown(shown)) return 'changed'
    const held = (await readSubscriptionsOf(tx, id)).filter((one) => one.state !== 'unsubscribed').map((one) => one.digest)
    const added = digests?.find((digest) => !held.includes(digest))
    if (added !== undefined) return invalid('digests', `cannot add ${added}: only the reader can sign up for a digest`)
    const subscriber = await readSubscriber(tx, id)
    if (!subscriber) return false
    const ended = digests ? held.filter((digest) => !digests.includes(digest)) : []
    if (ended.length > 0) await endDigests(tx, context, subscriber, ended, 'operator')
    // Last, because confirming and freezing also lock the subscription before the subscriber.
    const chosen = { name, language, topics: topics && chosenTopics(publication.topics.keys(), topics) }
    await writeChosen(tx, id, chosen, context.clock.now())
    const changed = changedFields(subscriber, chosen)
    await context.recordAudit(tx, {
      action: 'subscriber.change',
      subject: id,
      by,
      details: { fields: [...changed, ...(ended.length > 0 ? ['digests'] : [])].join(' '), ended: ended.join(' ') },
    })
    return true
  })
  if (typeof outcome !== 'boolean') return outcome
  return outcome ? findSubscriber(context, id) : undefined
}

/** The names of the fields that get another value. A form hands in all of them. */
function changedFields(subscriber: Subscriber, chosen: Pick<Amendment, 'name' | 'language' | 'topics'>): string[] {
  const { name = subscriber.name, language = subscriber.language, topics = subscriber.topics } = chosen
  return [
    ...(name === subscriber.name ? [] : ['name']),
    ...(language === subscriber.language ? [] : ['language']),
    ...(topics.join(' ') === subscriber.topics.join(' ') ? [] : ['topics']),
  ]
}
