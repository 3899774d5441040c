import type { SendingHold } from './sending-hold.ts'

/** The sending hold in the form of the API and the command line. */
export function sendingJson(hold: SendingHold | undefined) {
  return hold ? { held: true, reason: hold.reason, since: hold.since.toISOString() } : { held: false, reason: null, since: null }
}
