import { setImmediate } from 'node:timers/promises'

/** Node accepts one connection per turn of its event loop. A single turn between two steps would accept too few. */
const turns = 8

/** Call between two steps of long work, so that waiting requests are answered. Takes microseconds if none wait. */
export async function yieldToEventLoop(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}
