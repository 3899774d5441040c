import { z } from 'zod'
import { count, instant, type Json } from '../platform/json-shape.ts'

/** One event owed to one endpoint. */
export interface WebhookDelivery {
  readonly id: string
  readonly eventId: string
  readonly type: string
  readonly state: 'queued' | 'succeeded' | 'failed' | 'cancelled'
  /** Attempts since it was queued or replayed. */
  readonly tries: number
  readonly dueAt: Date
  readonly settledAt: Date | undefined
  readonly createdAt: Date
  /** The latest attempts, oldest first. */
  readonly attempts: readonly Attempt[]
}

export interface Attempt {
  readonly at: Date
  readonly tookMs: number
  /** The HTTP status; undefined if there was no answer. */
  readonly status: number | undefined
  /** Why it failed; undefined if it succeeded. */
  readonly reason: string | undefined
  /** The beginning of the answer, without addresses and secrets. */
  readonly answer: string | undefined
}

export const webhookDeliveryShape = z.object({
  id: z.string(),
  event_id: z.string(),
  type: z.string(),
  state: z.enum(['queued', 'succeeded', 'failed', 'cancelled']),
  next_attempt_at: instant.nullable(),
  settled_at: instant.nullable(),
  created_at: instant,
  attempts: z
    .array(
      z.object({
        at: instant,
        took_ms: count,
        status: z.int().nullable().describe('Null if there was no answer'),
        reason: z.string().nullable().describe('Why it failed; null if it succeeded'),
        answer: z.string().nullable().describe('The beginning of the answer'),
      }),
    )
    .describe('The latest attempts, oldest first'),
})

/** A delivery with its attempts as the API and the command line return it. */
export function webhookDeliveryJson(delivery: WebhookDelivery): Json<typeof webhookDeliveryShape> {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    type: delivery.type,
    state: delivery.state,
    next_attempt_at: delivery.state === 'queued' ? delivery.dueAt.toISOString() : null,
    settled_at: delivery.settledAt?.toISOString() ?? null,
    created_at: delivery.createdAt.toISOString(),
    attempts: delivery.attempts.map(({ at, tookMs, status, reason, answer }) => ({
      at: at.toISOString(),
      took_ms: tookMs,
      status: status ?? null,
      reason: reason ?? null,
      answer: answer ?? null,
    })),
  }
}
