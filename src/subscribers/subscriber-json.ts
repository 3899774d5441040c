import { type Listed, stateOf } from './subscriber.ts'

/** A subscriber as JSON for the API and the command line. */
export function subscriberJson({ id, email, name, topics, language, subscriptions, createdAt }: Listed) {
  return {
    id,
    email,
    name,
    state: stateOf(subscriptions),
    topics,
    language,
    subscriptions: subscriptions.map(({ digest, state, confirmedAt, source }) => ({
      digest,
      state,
      confirmed_at: confirmedAt?.toISOString() ?? null,
      source,
    })),
    created_at: createdAt.toISOString(),
  }
}
