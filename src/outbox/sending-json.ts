import type { SendingHold } from './sending-hold.ts'

/** Whether sending is held, as the API and the command line tell it. */
export function sendingJson(hold: SendingHold | undefined) {
  return hold ? { held: true, reason: hold.reason, since: hold.since.toISOString() } : { held: false, reason: null, since: null }
}
