import { z } from 'zod'
import { instant, type Json } from '../platform/json-shape.ts'
import type { SendingHold } from './sending-hold.ts'

export const sendingShape = z.object({ held: z.boolean(), reason: z.string().nullable(), since: instant.nullable() })

/** The sending hold in the form of the API and the command line. */
export function sendingJson(hold: SendingHold | undefined): Json<typeof sendingShape> {
  return hold ? { held: true, reason: hold.reason, since: hold.since.toISOString() } : { held: false, reason: null, since: null }
}
