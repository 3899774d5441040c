import { parseInstant } from '../platform/dates.ts'
import type { Publication } from '../publication/publication.ts'
import { type SubscriptionState, subscriptionStates as states } from './subscriber.ts'

/** A subset of the subscribers. Absent fields do not restrict it. */
export interface Segment {
  readonly digest?: string
  /** With `digest`, the state of that subscription, else the state of the subscriber. */
  readonly state?: SubscriptionState
  /** Source of a subscription, such as `form` or `import`. */
  readonly source?: string
  /** Subscribers who get its articles: those who chose it or chose no topic. */
  readonly topic?: string
  /** Subscribers added at this time or later. */
  readonly since?: Date
}

/** A segment as text, from a query or the command line. */
export type SegmentWords = Readonly<Partial<Record<keyof Segment, string>>>

export const segmentFields = ['digest', 'state', 'source', 'topic', 'since'] as const satisfies readonly (keyof Segment)[]

export type SegmentReading =
  | { readonly ok: true; readonly segment: Segment }
  | { readonly ok: false; readonly field: keyof Segment; readonly reason: string }

/** A digest may be one that the publication no longer has, because its subscriptions remain. A topic must be known. */
export function readSegment({ topics }: Pick<Publication, 'topics'>, words: SegmentWords): SegmentReading {
  const { digest, source, topic } = words
  const state = states.find((one) => one === words.state)
  if (words.state !== undefined && !state) return { ok: false, field: 'state', reason: `must be one of ${states.join(', ')}` }
  if (topic !== undefined && !topics.has(topic))
    return { ok: false, field: 'topic', reason: `unknown topic: ${topic}; known topics: ${[...topics.keys()].join(', ')}` }
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
