import { v7 } from 'uuid'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** A UUIDv7 (RFC 9562 §5.7): in the order of time, so that new rows stand together in an index. */
export function newId(clock: Clock, random: Random): string {
  return v7({ msecs: clock.now().getTime(), random: random.bytes(16) })
}
