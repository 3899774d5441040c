import { setImmediate } from 'node:timers/promises'

/** Node accepts one connection in each turn of its event loop, so one turn after each step of long work would let few in. */
const turns = 8

/** Between two steps of long work: whoever waits is answered. Takes microseconds where nobody does. */
export async function yieldToEventLoop(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}
