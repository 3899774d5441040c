import { doWhenNudged, type Nudged } from '../platform/nudged.ts'
import { runDue } from './due.ts'
import type { DigestsRoom } from './room.ts'

/** Runs what is due, each time it is nudged. */
export function startTimekeeper(room: DigestsRoom): Nudged {
  return doWhenNudged(
    () => runDue(room),
    (error) => room.log.error({ reason: error.message }, 'what is due could not be done; it is tried again'),
  )
}
