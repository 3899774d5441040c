import { parseInstant } from '../platform/dates.ts'
import type { Publication } from '../publication/publication.ts'
import type { SubscriptionState } from './subscriber.ts'

/** Some of the subscribers; what is absent does not matter. */
export interface Segment {
  readonly digest?: string
  /** With `digest` that of the subscription to it; else that of the subscriber. */
  readonly state?: SubscriptionState
  /** Where a subscription of theirs came from, such as `form` or `import`. */
  readonly source?: string
  /** Who gets its articles: whoever chose it, or chose none. */
  readonly topic?: string
  /** Who came then or later. */
  readonly since?: Date
}

/** A segment in words, as a query or the command line gives it. */
export type SegmentWords = Readonly<Partial<Record<keyof Segment, string>>>

export const segmentFields = ['digest', 'state', 'source', 'topic', 'since'] as const satisfies readonly (keyof Segment)[]

export type SegmentReading =
  | { readonly ok: true; readonly segment: Segment }
  | { readonly ok: false; readonly field: keyof Segment; readonly reason: string }

const states: readonly SubscriptionState[] = ['pending', 'confirmed', 'unsubscribed']

/** A digest that the publication no longer has still has its readers, and can be asked for; a topic that it never had can not. */
export function readSegment({ topics }: Pick<Publication, 'topics'>, words: SegmentWords): SegmentReading {
  const { digest, source, topic } = words
  const state = states.find((one) => one === words.state)
  if (words.state !== undefined && !state) return { ok: false, field: 'state', reason: `must be one of ${states.join(', ')}` }
  if (topic !== undefined && !topics.has(topic))
    return { ok: false, field: 'topic', reason: `there is no topic called ${topic}; there are ${[...topics.keys()].join(', ')}` }
  const since = words.since === undefined ? undefined : parseInstant(words.since)
  if (words.since !== undefined && !since)
    return { ok: false, field: 'since', reason: 'must be a day such as 2026-11-20 (of UTC), or an instant such as 2026-11-20T09:00:00Z' }
  return {
    ok: true,
    segment: {
      ...(digest === undefined ? {} : { digest }),
      ...(state === undefined ? {} : { state }),
      ...(source === undefined ? {} : { source }),
      ...(topic === undefined ? {} : { topic }),
      ...(since === undefined ? {} : { since }),
    },
  }
}
