import { z } from 'zod'
import { count, instant, type Json } from '../platform/json-shape.ts'
import { type EventType, eventTypes } from './event.ts'

/** An address that is told of events. */
export interface Endpoint {
  readonly id: string
  readonly url: string
  readonly types: readonly EventType[]
  readonly description: string
  readonly isEnabled: boolean
  /** Why it was disabled automatically; undefined if the operator did it. */
  readonly disabledReason: string | undefined
  /** When the previous secret stops to sign; undefined if there is none. */
  readonly previousUntil: Date | undefined
  /** Failed attempts since the last success. */
  readonly failures: number
  /** Since `failures` is not 0. */
  readonly failingSince: Date | undefined
  readonly createdAt: Date
}

/** So many failed attempts in a row make a notice. */
export const failuresToTell = 10

export const endpointShape = z.object({
  id: z.string(),
  url: z.string(),
  types: z.array(z.enum(eventTypes)),
  description: z.string(),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable().describe('Why it was disabled automatically'),
  failures: count.describe('Failed attempts since the last success'),
  failing_since: instant.nullable(),
  previous_secret_until: instant.nullable().describe('Until then the previous secret signs too'),
  created_at: instant,
})
/** With the secret, which is shown only where it is made. */
export const newEndpointShape = endpointShape.extend({ secret: z.string().describe('Begins with whsec_; it is not shown again') })

type EndpointJson = Json<typeof endpointShape>

/** An endpoint as the API and the command line return it. The secret is shown only where it is made. */
export function endpointJson(endpoint: Endpoint, secret?: string): EndpointJson & { readonly secret?: string } {
  return {
    id: endpoint.id,
    url: endpoint.url,
    types: endpoint.types,
    description: endpoint.description,
    enabled: endpoint.isEnabled,
    disabled_reason: endpoint.disabledReason ?? null,
    failures: endpoint.failures,
    failing_since: endpoint.failingSince?.toISOString() ?? null,
    previous_secret_until: endpoint.previousUntil?.toISOString() ?? null,
    created_at: endpoint.createdAt.toISOString(),
    ...(secret === undefined ? {} : { secret }),
  }
}
