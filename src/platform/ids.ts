import { v7 } from 'uuid'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** A UUIDv7 (RFC 9562 §5.7). Ids sort by time, so new rows are adjacent in an index. */
export function newId(clock: Clock, random: Random): string {
  return v7({ msecs: clock.now().getTime(), random: random.bytes(16) })
}
