import { v7 } from 'uuid'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** A UUIDv7 (RFC 9562 §5.7). Ids sort by time, so new rows are adjacent in an index. */
export function newId(clock: Clock, random: Random): string {
  return v7({ msecs: clock.now().getTime(), random: random.bytes(16) })
}

/** Like `newId`, but ids of one process also sort in the order in which they were made within a millisecond (RFC 9562 §6.2, method 1). */
export function orderedIds(clock: Clock, random: Random): () => string {
  let msecs = 0
  let seq = 0
  return () => {
    const now = clock.now().getTime()
    if (now > msecs) [msecs, seq] = [now, 0]
    else seq++
    return v7({ msecs, seq, random: random.bytes(16) })
  }
}
