import type { PlaceholderValues } from '../../outbox/delivery.ts'
import { type Words, wordsIn } from '../../platform/messages.ts'
import { readerLanguage } from '../../publication/reader-language.ts'
import { feedPathForTopics } from '../../publication/urls.ts'
import { testSubscriberId } from '../../subscribers/unsubscribe.ts'
import type { DigestsContext } from '../context.ts'

/** The reader of one copy of an issue. */
export interface PlaceholderReader {
  readonly name: string
  /** Chosen topics; none means all. */
  readonly topics: readonly string[]
  /** Chosen language (BCP 47); empty if none was chosen. */
  readonly language: string
  readonly subscriptionId: string
  readonly subscriberId: string
}

/** The values of the placeholders in one reader's copy of an issue of `digest`. */
export function placeholderValuesFor(context: DigestsContext, digest: string, reader: PlaceholderReader): PlaceholderValues {
  const publication = context.publication()
  const digestTopics = publication.digests.get(digest)?.topics ?? []
  return {
    name: reader.name,
    comma_name: commaName(wordsIn(context.messages, readerLanguage(publication, reader.language)), reader.name),
    feed_path: feedPathForTopics(reader.topics.length > 0 ? reader.topics : digestTopics),
    unsubscribe_token: context.tokens.make('unsubscribe', reader.subscriptionId),
    preferences_token: context.tokens.make('preferences', reader.subscriberId),
  }
}

/** Templates write a full stop after the name, so `Martin King Jr.` loses its own. */
function commaName(words: Words, name: string): string {
  const bare = name.replace(/[\s.,;:!?…。．！？،؛؟]+$/u, '')
  return bare === '' ? '' : words('email.greeting.name', { name: bare })
}

/** Values for a preview or a test. Their tokens belong to no subscriber. */
export function samplePlaceholderValues(context: DigestsContext, digest: string): PlaceholderValues {
  return placeholderValuesFor(context, digest, {
    name: '',
    topics: [],
    language: '',
    subscriptionId: testSubscriberId,
    subscriberId: testSubscriberId,
  })
}
