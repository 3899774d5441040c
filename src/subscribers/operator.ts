import type { SubscribersContext } from './context.ts'
import { readListed } from './segment-store.ts'
import { chosenTopics } from './sign-up/chosen-topics.ts'
import { storedNetworkAddress } from './sign-up/network.ts'
import { processSignUp, type SignUpOutcome } from './sign-up/process-request.ts'
import { type Invalid, invalid, nameRule, readName, type SignUp, validateSignUp } from './sign-up/sign-up-request.ts'
import { readSubscriber, readSubscriptionsOf, writeChosen } from './store.ts'
import type { Listed } from './subscriber.ts'
import { endDigests } from './unsubscribe.ts'

/** What a sign-up by the operator came to: they may know what a stranger may not. */
export type Added = SignUpOutcome | Invalid

/** The operator passes on that somebody asked for digests. The reader is asked to confirm, as after any sign-up. */
export async function addSubscriber(context: SubscribersContext, signUp: SignUp): Promise<Added> {
  const request = validateSignUp(context.publication(), signUp)
  if ('status' in request) return request
  return processSignUp(context, {
    ...request,
    networkAddress: storedNetworkAddress(request.networkAddress, context.publication().networkAddresses),
  })
}

export async function findSubscriber(context: SubscribersContext, id: string): Promise<Listed | undefined> {
  const [found] = await readListed(context.database, [id])
  return found
}

/** What the operator may change of a subscriber; what is absent stays. */
export interface Amendment {
  readonly name?: string | undefined
  readonly language?: string | undefined
  readonly topics?: readonly string[] | undefined
  /** Those that stay. None can be begun here: only the reader can ask for one. */
  readonly digests?: readonly string[] | undefined
}

/** Changes what is stored of a subscriber, and ends the digests that are not to stay. Undefined where there is no such subscriber. */
export async function amendSubscriber(
  context: SubscribersContext,
  id: string,
  amendment: Amendment,
): Promise<Listed | Invalid | undefined> {
  const publication = context.publication()
  const name = amendment.name === undefined ? undefined : readName(amendment.name)
  if (amendment.name !== undefined && name === undefined) return invalid('name', nameRule)
  const { language, topics, digests } = amendment
  if (language && !publication.languages.includes(language))
    return invalid('language', `must be one of ${publication.languages.join(', ')}`)
  const unknown = topics?.find((topic) => !publication.topics.has(topic))
  if (unknown !== undefined) return invalid('topics', `names a topic that there is not: ${unknown}`)
  const outcome = await context.database.transaction(async (tx): Promise<Invalid | boolean> => {
    const held = (await readSubscriptionsOf(tx, id)).filter((one) => one.state !== 'unsubscribed').map((one) => one.digest)
    const begun = digests?.find((digest) => !held.includes(digest))
    if (begun !== undefined) return invalid('digests', `can only lose some: ${begun} begins by a sign-up, which asks the reader`)
    const subscriber = await readSubscriber(tx, id)
    if (!subscriber) return false
    const ended = digests ? held.filter((digest) => !digests.includes(digest)) : []
    if (ended.length > 0) await endDigests(tx, context, subscriber, ended, 'operator')
    // Last, in the order in which confirming and freezing take their rows: subscription, then subscriber.
    await writeChosen(tx, id, { name, language, topics: topics && chosenTopics(publication.topics.keys(), topics) }, context.clock.now())
    return true
  })
  if (typeof outcome === 'object') return outcome
  return outcome ? findSubscriber(context, id) : undefined
}
