import { z } from 'zod'
import { instant, type Json } from '../platform/json-shape.ts'
import { type Listed, stateOf, subscriptionStates } from './subscriber.ts'

export const subscriberShape = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  state: z.enum(subscriptionStates),
  topics: z.array(z.string()).describe('Empty: all topics'),
  language: z.string().describe('A language tag; empty: that of the publication'),
  subscriptions: z.array(
    z.object({
      digest: z.string(),
      state: z.enum(subscriptionStates),
      confirmed_at: instant.nullable(),
      source: z.string().describe('Where the reader signed up'),
    }),
  ),
  created_at: instant,
})

/** A subscriber as JSON for the API and the command line. */
export function subscriberJson({ id, email, name, topics, language, subscriptions, createdAt }: Listed): Json<typeof subscriberShape> {
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
