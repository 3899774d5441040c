import { z } from 'zod'
import { instant, type Json } from '../platform/json-shape.ts'
import { deliveryStates } from './delivery.ts'
import type { DeliveryRow } from './delivery-store.ts'

export const deliveryShape = z.object({
  id: z.int(),
  address: z.string().describe('Empty for a reader who was erased'),
  state: z.enum(deliveryStates),
  attempts: z.int(),
  reason: z.string().nullable().describe('The reply of the server, or why there is none'),
  settled_at: instant.nullable(),
})

/** A delivery in the form of the API and the command line. */
export function deliveryJson({ settled_at, ...row }: DeliveryRow): Json<typeof deliveryShape> {
  return { ...row, settled_at: settled_at === null ? null : new Date(settled_at).toISOString() }
}
