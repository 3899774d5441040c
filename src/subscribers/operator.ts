import type { SubscribersRoom } from './context.ts'
import { readListed } from './segment-store.ts'
import { chosenTopics } from './sign-up/chosen-topics.ts'
import { keptAddress } from './sign-up/network.ts'
import { type Taken, takeWish } from './sign-up/process-request.ts'
import { type Invalid, invalid, nameRule, readName, readWish, type SignUp } from './sign-up/sign-up-request.ts'
import { readSubscriber, readSubscriptionsOf, writeChosen } from './store.ts'
import type { Listed } from './subscriber.ts'
import { endDigests } from './unsubscribe.ts'

/** What a sign-up by the operator came to: they may know what a stranger may not. */
export type Added = Taken | Invalid

/** The operator passes on that somebody asked for digests. The reader is asked to confirm, as after any sign-up. */
export async function addSubscriber(room: SubscribersRoom, signUp: SignUp): Promise<Added> {
  const wish = readWish(room.publication(), signUp)
  if ('status' in wish) return wish
  return takeWish(room, { ...wish, networkAddress: keptAddress(wish.networkAddress, room.publication().networkAddresses) })
}

export async function findSubscriber(room: SubscribersRoom, id: string): Promise<Listed | undefined> {
  const [found] = await readListed(room.database, [id])
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
export async function amendSubscriber(room: SubscribersRoom, id: string, amendment: Amendment): Promise<Listed | Invalid | undefined> {
  const publication = room.publication()
  const name = amendment.name === undefined ? undefined : readName(amendment.name)
  if (amendment.name !== undefined && name === undefined) return invalid('name', nameRule)
  const { language, topics, digests } = amendment
  if (language && !publication.languages.includes(language))
    return invalid('language', `must be one of ${publication.languages.join(', ')}`)
  const unknown = topics?.find((topic) => !publication.topics.has(topic))
  if (unknown !== undefined) return invalid('topics', `names a topic that there is not: ${unknown}`)
  const outcome = await room.database.transaction(async (tx): Promise<Invalid | boolean> => {
    const held = (await readSubscriptionsOf(tx, id)).filter((one) => one.state !== 'unsubscribed').map((one) => one.digest)
    const begun = digests?.find((digest) => !held.includes(digest))
    if (begun !== undefined) return invalid('digests', `can only lose some: ${begun} begins by a sign-up, which asks the reader`)
    const subscriber = await readSubscriber(tx, id)
    if (!subscriber) return false
    const ended = digests ? held.filter((digest) => !digests.includes(digest)) : []
    if (ended.length > 0) await endDigests(tx, room, subscriber, ended, 'operator')
    // Last, in the order in which confirming and freezing take their rows: subscription, then subscriber.
    await writeChosen(tx, id, { name, language, topics: topics && chosenTopics(publication.topics.keys(), topics) }, room.clock.now())
    return true
  })
  if (typeof outcome === 'object') return outcome
  return outcome ? findSubscriber(room, id) : undefined
}
