import type { PlaceholderValues } from '../../outbox/delivery.ts'
import { feedPathForTopics } from '../../publication/urls.ts'
import { nobodyId } from '../../subscribers/unsubscribe.ts'
import type { DigestsRoom } from '../context.ts'

/** Who a copy of an issue is for, as far as it differs from the others of its edition. */
export interface PlaceholderReader {
  readonly name: string
  /** Chosen topics; none means all. */
  readonly topics: readonly string[]
  readonly subscriptionId: string
  readonly subscriberId: string
}

/** The values of the placeholders in one reader's copy of an issue of `digest`. */
export function placeholderValuesFor(room: DigestsRoom, digest: string, reader: PlaceholderReader): PlaceholderValues {
  const digestTopics = room.publication().digests.get(digest)?.topics ?? []
  return {
    name: reader.name,
    comma_name: reader.name === '' ? '' : `, ${reader.name}`,
    feed_path: feedPathForTopics(reader.topics.length > 0 ? reader.topics : digestTopics),
    unsubscribe_token: room.tokens.make('unsubscribe', reader.subscriptionId),
    preferences_token: room.tokens.make('preferences', reader.subscriberId),
  }
}

/** The links of a preview or a test are whole, and about nobody. */
export function placeholderValuesForNobody(room: DigestsRoom, digest: string): PlaceholderValues {
  return placeholderValuesFor(room, digest, { name: '', topics: [], subscriptionId: nobodyId, subscriberId: nobodyId })
}
